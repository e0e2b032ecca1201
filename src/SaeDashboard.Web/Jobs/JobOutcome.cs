using System.Globalization;
using System.Text;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Jobs;

/// <summary>How a job ended whose worker is gone: the worker's own last word, or what can be said for it.</summary>
/// <param name="State">One of <see cref="RunState"/>.</param>
/// <param name="Message">What is said about it, or null.</param>
/// <param name="Written">Whether <paramref name="State"/> replaces that of the run's status.</param>
/// <param name="Error">The status' error, where it is replaced.</param>
internal sealed record JobOutcome(RunState State, string? Message, bool Written = false, string? Error = null)
{
    /// <summary>The folder was removed while the job waited or worked.</summary>
    public static JobOutcome FolderGone { get; } = new(RunState.Interrupted, "The run's folder was removed.");

    /// <summary>Decides.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="now">What its status says now.</param>
    /// <param name="before">What it said before the worker was started; null when that is not known: another site started it.</param>
    /// <param name="exit">The worker's exit code; null when not known.</param>
    /// <param name="cancelled">Whether it was asked to stop.</param>
    public static JobOutcome Of(string folder, RunRecord now, RunRecord? before, int? exit, bool cancelled)
    {
        if (!Directory.Exists(folder)) return FolderGone;
        if (now.Problem is { } problem) return new(RunState.Failed, problem, Written: true, problem);
        if (now.Status is { State: RunState.Done }) return new(RunState.Done, null);
        // It ended before it could say anything: what the status says is an earlier attempt's.
        if (now.Status is not { } status || (before is { } known && !now.IsNewSince(known)))
        {
            var why = Describe(folder, exit);
            return new(RunState.Failed, why, Written: true, why);
        }
        if (status.State != RunState.Interrupted) return new(status.State, null);
        var how = Describe(folder, exit);
        return cancelled ? new(RunState.Cancelled, how, Written: true) : new(RunState.Interrupted, how);
    }

    private static string Describe(string folder, int? exit)
    {
        var output = RunEndings.Output(folder);
        const int signals = 128, killed = signals + ProcessSignal.Kill;
        var how = exit switch
        {
            null => "The worker ended",
            killed => "The worker was killed (SIGKILL: by a person, or because memory ran out)",
            > signals => string.Create(CultureInfo.InvariantCulture, $"The worker was ended by signal {exit - signals}"),
            _ => string.Create(CultureInfo.InvariantCulture, $"The worker ended with exit code {exit}"),
        };
        var said = output.Length == 0 ? how + "." : $"{how}. It printed: {output}";
        // A worker that could not write its reason could not write for a reason.
        return WriteFault(folder) is { } fault ? $"{said} {fault}" : said;
    }

    /// <summary>Why nothing can be written to the folder now, such as a full disk; null: it can.</summary>
    private static string? WriteFault(string folder)
    {
        var probe = Path.Combine(folder, ".write-test");
        try
        {
            // Not a write that would make the folder again: it may just have been removed.
            AtomicFile.WriteInFolder(probe, "{}\n"u8);
            File.Delete(probe);
            return null;
        }
        catch (UserException error)
        {
            return Directory.Exists(folder) ? error.Message : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

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
