using System.Runtime.InteropServices;

namespace SaeDashboard.TestSupport;

/// <summary>Runs something with the rights of an unprivileged user: Linux keeps a user for file access with every thread (setfsuid(2)).</summary>
public static partial class Unprivileged
{
    private const int UserId = 65534;

    /// <summary>Takes the right to write in a folder away from everybody, root included, while the action runs.</summary>
    public static void Run(string folder, Action action)
    {
        if (OperatingSystem.IsWindows()) throw new PlatformNotSupportedException();
        var mode = File.GetUnixFileMode(folder);
        File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        try
        {
            Run(action);
        }
        finally
        {
            File.SetUnixFileMode(folder, mode);
        }
    }

    /// <summary>Runs it as that user; without root's rights as the user that runs the tests.</summary>
    public static void Run(Action action)
    {
        Exception? thrown = null;
        // A thread of its own: it ends with the rights it has given away.
        var thread = new Thread(() =>
        {
            if (Environment.IsPrivilegedProcess) _ = setfsuid(UserId);
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
        if (thrown is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(thrown);
    }

    [LibraryImport("libc")]
    private static partial int setfsuid(int uid);
}
