using System.Runtime.InteropServices;

namespace SaeDashboard.Storage.Tests;

/// <summary>Runs something without the right to write in a folder.</summary>
internal static partial class Unprivileged
{
    private const int Nobody = 65534;

    /// <summary>Takes the right away for a while; from root, who writes everywhere, by becoming nobody for file access (setfsuid(2)).</summary>
    public static void Run(string folder, Action action)
    {
        if (OperatingSystem.IsWindows()) throw new PlatformNotSupportedException();
        Exception? thrown = null;
        var mode = File.GetUnixFileMode(folder);
        File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        // A thread of its own: it ends with the rights it has given away.
        var thread = new Thread(() =>
        {
            if (Environment.IsPrivilegedProcess) _ = setfsuid(Nobody);
            try
            {
                action();
            }
            catch (Exception error)
            {
                thrown = error;
            }
        });
        thread.Start();
        thread.Join();
        File.SetUnixFileMode(folder, mode);
        if (thrown is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(thrown);
    }

    [LibraryImport("libc")]
    private static partial int setfsuid(int uid);
}
