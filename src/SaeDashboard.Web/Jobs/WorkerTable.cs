using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Jobs;

/// <summary>The workers of jobs at work: those that this site started, and those that an earlier one did, which are known by their locks.</summary>
internal sealed class WorkerTable(DataRoot root) : IDisposable
{
    /// <summary>A worker that the site before started has its lock by then.</summary>
    private static readonly TimeSpan TimeToLock = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, (Process Process, RunRecord Before)> ours = [];
    private readonly Stopwatch sinceStart = Stopwatch.StartNew();

    /// <summary>Keeps a worker that was just started.</summary>
    /// <param name="runId">Its run.</param>
    /// <param name="process">Its process.</param>
    /// <param name="before">What the run's status said before.</param>
    public void Add(string runId, Process process, RunRecord before) => ours[runId] = (process, before);

    /// <summary>Whether a worker is at work on the run, or may be on its way.</summary>
    public bool IsAlive(string runId)
    {
        var isOurs = ours.TryGetValue(runId, out var own);
        if (isOurs && !own.Process.HasExited) return true;
        // Not ours, or ours made way for another worker that has the run.
        if (RunRecord.IsLocked(FolderOf(runId))) return true;
        return !isOurs && sinceStart.Elapsed < TimeToLock && Directory.Exists(FolderOf(runId));
    }

    /// <summary>The exit code of a worker that has ended, and what the run's status said before it was started; nulls when another site started it.</summary>
    public (int? Exit, RunRecord? Before) Ended(string runId) =>
        ours.TryGetValue(runId, out var own) && own.Process.HasExited ? (own.Process.ExitCode, own.Before) : (null, null);

    /// <summary>Forgets a worker that has ended.</summary>
    public void Remove(string runId)
    {
        if (ours.TryRemove(runId, out var own)) own.Process.Dispose();
    }

    /// <summary>The worker's process. An adopted one is known by its status while it holds the lock, and only if its command line names the run.</summary>
    public int? ProcessOf(string runId)
    {
        if (ours.TryGetValue(runId, out var own) && !own.Process.HasExited) return own.Process.Id;
        var folder = FolderOf(runId);
        if (!RunRecord.IsLocked(folder) || RunRecord.Read(folder).Status?.ProcessId is not { } id) return null;
        var commandLine = string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/cmdline");
        return File.Exists(commandLine) && File.ReadAllText(commandLine).Contains(runId, StringComparison.Ordinal) ? id : null;
    }

    public void Dispose()
    {
        foreach (var (process, _) in ours.Values) process.Dispose();
    }

    private string FolderOf(string runId) => RunPlaces.Of(root, runId);
}
