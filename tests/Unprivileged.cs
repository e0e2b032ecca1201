using System.Runtime.InteropServices;

namespace SaeDashboard.Tests;

/// <summary>Runs something with the rights of nobody: Linux keeps a user for file access with every thread (setfsuid(2)).</summary>
internal static partial class Unprivileged
{
    private const int Nobody = 65534;

    public static void Run(Action action)
    {
        Exception? thrown = null;
        // A thread of its own: it ends with the rights it has given away.
        var thread = new Thread(() =>
        {
            _ = setfsuid(Nobody);
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
