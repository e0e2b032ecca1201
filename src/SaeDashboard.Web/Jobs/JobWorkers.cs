using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Options;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
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

/// <summary>
/// Starts the worker on a run so that it outlives this process: in a session of its own (setsid), where Ctrl+C in the site's terminal
/// does not reach it, with its output in the run's worker.log.
/// </summary>
internal sealed class WorkerLauncher(IOptions<SiteOptions> site, IOptions<ComputeOptions> compute)
{
    public const string OutputName = "worker.log";

    /// <summary>The program; throws when there is none, before anything is queued.</summary>
    /// <exception cref="UserException">It is not built.</exception>
    public string Program => WorkerProgram.Find(site.Value);

    /// <exception cref="UserException">It cannot be started.</exception>
    public Process Start(string runFolder, bool resume)
    {
        // The shell would wait for a reader of a pipe with that name.
        RegularFile.RequireOrMissing(Path.Combine(runFolder, OutputName));
        var options = compute.Value;
        var start = new ProcessStartInfo("setsid") { WorkingDirectory = runFolder, UseShellExecute = false };
        // setsid does not fork here (a child of ours leads no group), nice and sh exec: the process keeps its id all the way.
        string[] command =
        [
            "nice", "-n", Math.Clamp(options.Niceness, 0, 19).ToString(CultureInfo.InvariantCulture),
            "sh", "-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1 </dev/null", "sh", Path.Combine(runFolder, OutputName),
            Program, "run", "--run-dir", runFolder,
        ];
        foreach (var word in command) start.ArgumentList.Add(word);
        if (resume) start.ArgumentList.Add("--resume");
        options.Apply(start);
        var threads = options.JobThreads > 0 ? options.JobThreads : options.Threads;
        if (threads > 0)
        {
            start.ArgumentList.Add("--threads");
            start.ArgumentList.Add(threads.ToString(CultureInfo.InvariantCulture));
        }
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new UserException($"The worker cannot be started: {error.Message} (setsid and nice are needed: packages util-linux and coreutils).", error);
        }
    }
}

/// <summary>
/// Sees to it that a worker ends that is to: it has its time to obey; then it gets SIGTERM, then SIGKILL. For one thread.
/// </summary>
/// <param name="workers">The workers.</param>
/// <param name="patience">How long each of the three has.</param>
/// <param name="sent">Called for each signal, with the run and the signal's name.</param>
internal sealed class CancelPressure(WorkerTable workers, TimeSpan patience, Action<string, string> sent)
{
    public const string FileName = "cancel";

    private readonly Dictionary<string, (Stopwatch Since, int Sent)> cancels = [];

    /// <summary>Whether the worker of this folder is to end: someone asked for it, or the folder was removed.</summary>
    public static bool IsWanted(string folder) => File.Exists(Path.Combine(folder, FileName)) || !Directory.Exists(folder);

    /// <summary>One look at a worker at work.</summary>
    public void EnforceCancel(string runId, string folder)
    {
        if (!IsWanted(folder))
        {
            cancels.Remove(runId);
            return;
        }
        if (!cancels.TryGetValue(runId, out var cancel)) cancel = (Stopwatch.StartNew(), 0);
        var due = cancel.Since.Elapsed > 2 * patience ? 2 : cancel.Since.Elapsed > patience ? 1 : 0;
        if (due > cancel.Sent && workers.ProcessOf(runId) is { } id)
        {
            sent(runId, due == 1 ? "SIGTERM" : "SIGKILL");
            ProcessSignal.Send(id, due == 1 ? ProcessSignal.Terminate : ProcessSignal.Kill);
            cancel.Sent = due;
        }
        cancels[runId] = cancel;
    }

    /// <summary>The worker has ended.</summary>
    public void Forget(string runId) => cancels.Remove(runId);
}
