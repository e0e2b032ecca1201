using System.Runtime.InteropServices;
using System.Text;

namespace SaeDashboard.EndToEnd.Tests.Fixtures;

/// <summary>Signals, and the processes that work on a data folder.</summary>
internal static partial class Processes
{
    public const int Interrupt = 2;
    public const int Kill = 9;
    public const int Terminate = 15;

    /// <summary>Sends a signal to a process, or to a whole group when the id is negative.</summary>
    public static bool Signal(int processId, int signal) => SendSignal(processId, signal) == 0;

    /// <summary>Ids of living processes whose command line holds every one of the words.</summary>
    public static int[] Find(params string[] words) =>
    [
        .. Directory.GetDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), out var id) ? id : 0)
            .Where(id => id > 0 && id != Environment.ProcessId && CommandLine(id) is { Length: > 0 } line && words.All(word => line.Contains(word, StringComparison.Ordinal))),
    ];

    /// <summary>The command line of a process, blanks between; empty when it is gone or a zombie.</summary>
    public static string CommandLine(int processId)
    {
        try
        {
            return Encoding.UTF8.GetString(File.ReadAllBytes($"/proc/{processId}/cmdline")).Replace('\0', ' ');
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return ""; // it ended meanwhile
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int processId, int signal);
}
