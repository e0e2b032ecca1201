using System.Text;
using SaeDashboard.Core;
using SaeDashboard.Core.Runs;

namespace SaeDashboard.Web.Jobs;

/// <summary>What is left of a worker that ended: its last lines, and what the site adds to them.</summary>
internal static class RunEndings
{
    private const int TailBytes = 64 << 10;

    /// <summary>The last lines of log.txt; of what the worker printed, when it never got to write a log.</summary>
    public static IReadOnlyList<string> LogTail(string folder, int lines)
    {
        var log = Tail(Path.Combine(folder, "log.txt"), lines);
        return log.Count > 0 ? log : Tail(Path.Combine(folder, WorkerLauncher.OutputName), lines);
    }

    /// <summary>What the worker printed last, in one line; empty when nothing.</summary>
    public static string Output(string folder) => string.Join(' ', Tail(Path.Combine(folder, WorkerLauncher.OutputName), 3)).Trim();

    /// <summary>As <see cref="RunConclusion.Write"/>; does nothing while a process works on the run, or where the folder cannot be written.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="state">The state to write; null leaves the status as it is.</param>
    /// <param name="message">For the log.</param>
    /// <param name="error">For the status.</param>
    public static void Write(string folder, RunState? state, string message, string? error)
    {
        try
        {
            RunConclusion.Write(folder, state, message, error);
        }
        catch (Exception failure) when (failure is UserException or IOException or UnauthorizedAccessException)
        {
            // In use after all, or it cannot be written: what is there must do.
        }
    }

    private static IReadOnlyList<string> Tail(string path, int lines)
    {
        try
        {
            // Its lines are shown: a link out of the run's folder is none of its lines.
            if (new AllowedRoots([Path.GetDirectoryName(path)!]).TryOpenFile(path) is not { } file) return [];
            using var stream = new FileStream(file, FileAccess.Read, bufferSize: 0);
            var start = Math.Max(0, stream.Length - TailBytes);
            stream.Position = start;
            var bytes = new byte[stream.Length - start];
            var read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            var all = Encoding.UTF8.GetString(bytes, 0, read).TrimEnd('\n').Split('\n');
            return [.. (start > 0 ? all.Skip(1) : all).Where(line => line.Length > 0).TakeLast(lines)];
        }
        catch (Exception error) when (error is IOException or UserException)
        {
            return [];
        }
    }
}
