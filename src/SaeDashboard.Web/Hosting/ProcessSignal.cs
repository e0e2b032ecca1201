using System.Runtime.InteropServices;

namespace SaeDashboard.Web.Hosting;

/// <summary>kill(2): .NET itself only knows SIGKILL, and only for processes it started.</summary>
internal static partial class ProcessSignal
{
    public const int Kill = 9, Terminate = 15;

    /// <summary>Sends a signal; false when there is no such process or it is not ours.</summary>
    public static bool Send(int processId, int signal) => processId > 1 && Raw(processId, signal) == 0;

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Raw(int processId, int signal);
}
