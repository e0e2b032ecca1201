using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Options;
using SaeDashboard.Core;
using SaeDashboard.Core.Runs;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Jobs;

/// <summary>
/// Starts the workers of queued runs, one at a time on each device, and notices how they end. It ends none itself but those that were cancelled
/// and do not answer: when the site goes, they stay, and the next site finds them by their locks. Where they cannot outlive the site
/// (<see cref="ComputeOptions.StopJobsWithSite"/>), it pauses them before it ends.
/// </summary>
internal sealed class JobExecutor(
    DataRoot root, JobQueue queue, WorkerLauncher launcher, RunRegistry registry, MemoryCheck memory, IOptions<ComputeOptions> compute, ILogger<JobExecutor> log) : BackgroundService, IHostedLifecycleService
{
    private const string CancelName = "cancel";

    private static readonly TimeSpan Round = TimeSpan.FromMilliseconds(250);

    /// <summary>A worker that the site before started has its lock by then.</summary>
    private static readonly TimeSpan TimeToLock = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, (Process Process, DateTimeOffset Begun)> processes = [];
    private readonly Dictionary<string, (Stopwatch Since, int Sent)> cancels = [];
    private readonly Stopwatch sinceStart = Stopwatch.StartNew();
    private readonly Stopwatch sinceStop = new();
    private volatile bool stopsJobs;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        Prepare();
        return base.StartAsync(cancellationToken);
    }

    /// <summary>Finds what the site before left: before any page is asked for.</summary>
    internal void Prepare()
    {
        RunTrash.Empty(root);
        queue.Load();
        registry.Scan();
        foreach (var job in queue.Started) log.Adopted(job.RunId);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var wake = new SemaphoreSlim(0);
        queue.Added += () => wake.Release();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                Tick();
                await wake.WaitAsync(Round, stoppingToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception error)
            {
                log.RoundFailed(error);
                await Task.Delay(Round, CancellationToken.None);
            }
        }
    }

    Task IHostedLifecycleService.StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    Task IHostedLifecycleService.StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Comes before the web server closes its connections, which can take seconds: the jobs save their state meanwhile.</summary>
    Task IHostedLifecycleService.StoppingAsync(CancellationToken cancellationToken)
    {
        if (compute.Value.StopJobsWithSite) PauseJobs();
        return Task.CompletedTask;
    }

    /// <summary>
    /// Waits for the paused jobs, by <see cref="ComputeOptions.StopSeconds"/> and not by the host's patience: that one is for browsers, and too
    /// short for a checkpoint.
    /// </summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (compute.Value.StopJobsWithSite) await StopJobs();
    }

    Task IHostedLifecycleService.StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>From here on no job begins; those that run are asked to save their state and end.</summary>
    internal void PauseJobs()
    {
        var busy = Busy();
        if (!stopsJobs && busy.Length > 0) log.StopsJobs(busy.Length);
        stopsJobs = true;
        sinceStop.Start();
        foreach (var run in busy) RunFolder.RequestPause(FolderOf(run));
    }

    /// <summary>Waits until every job has ended, and records how.</summary>
    internal async Task StopJobs()
    {
        // Again: a job may have begun while the first request was made.
        PauseJobs();
        var asked = Busy();
        while (true)
        {
            foreach (var job in queue.Started.Where(job => !IsAlive(job.RunId))) Conclude(job);
            var left = asked.Where(IsAlive).ToArray();
            if (left.Length == 0) return;
            if (sinceStop.Elapsed.TotalSeconds > compute.Value.StopSeconds)
            {
                foreach (var run in left) log.StoppedLate(run, compute.Value.StopSeconds);
                return;
            }
            await Task.Delay(TimeSpan.FromMilliseconds(50), CancellationToken.None);
        }
    }

    public override void Dispose()
    {
        foreach (var (process, _) in processes.Values) process.Dispose();
        base.Dispose();
    }

    /// <summary>One round: who ended, who is to be ended, who may begin.</summary>
    internal void Tick()
    {
        foreach (var job in queue.Started)
        {
            if (IsAlive(job.RunId)) Press(job.RunId);
            else Conclude(job);
        }
        foreach (var job in queue.Waiting)
        {
            if (stopsJobs) return;
            if (Obstacle(job) is { } reason)
            {
                if (queue.Reason(job.RunId) == reason) continue;
                queue.SetReason(job.RunId, reason);
                registry.Refresh(job.RunId);
            }
            else
            {
                Begin(job);
            }
        }
    }

    private bool IsAlive(string runId)
    {
        var ours = processes.TryGetValue(runId, out var own);
        if (ours && !own.Process.HasExited) return true;
        // Not ours, or ours made way for another worker that has the run.
        if (RunFolder.IsLocked(FolderOf(runId))) return true;
        return !ours && sinceStart.Elapsed < TimeToLock && Directory.Exists(FolderOf(runId));
    }

    /// <summary>Why the job cannot begin now; null when it can.</summary>
    private string? Obstacle(QueuedJob job)
    {
        var busy = Busy(job.Device).Where(run => run != job.RunId).ToArray();
        if (busy.Length >= Math.Max(1, compute.Value.JobsAtOnce))
            return $"Waits for {registry.Find(busy[0])?.Name ?? busy[0]}: one job at a time computes on {job.Device}.";
        return registry.Find(job.RunId) is { } run ? memory.Wait(run.Plan) : null;
    }

    /// <summary>Runs that compute: jobs of this queue, and those that somebody started by hand in the data folder.</summary>
    /// <param name="device">Of those on this device; null: of all.</param>
    private string[] Busy(string? device = null) =>
        [.. registry.Runs.Where(run => run.Status.State == RunStates.Running && (device is null || run.Device == device)).Select(run => run.Id)
            .Union(queue.Started.Where(started => device is null || started.Device == device).Select(started => started.RunId))];

    private void Begin(QueuedJob job)
    {
        var folder = FolderOf(job.RunId);
        try
        {
            var begun = DateTimeOffset.UtcNow;
            var process = launcher.Start(folder, job.Resume);
            processes[job.RunId] = (process, begun);
            queue.MarkStarted(job);
            log.Began(job.RunId, process.Id);
        }
        catch (UserException error)
        {
            RunEndings.Write(folder, RunStates.Failed, error.Message, error.Message);
            queue.MarkEnded(job, RunStates.Failed, error.Message);
        }
        registry.Refresh(job.RunId);
    }

    /// <summary>The worker is gone: its own last word, or what can be said for it.</summary>
    private void Conclude(QueuedJob job)
    {
        var folder = FolderOf(job.RunId);
        int? exit = null;
        var begun = DateTimeOffset.MinValue;
        if (processes.TryRemove(job.RunId, out var own))
        {
            (exit, begun) = (own.Process.ExitCode, own.Begun);
            own.Process.Dispose();
        }
        cancels.Remove(job.RunId);
        var (state, message) = (RunStates.Interrupted, (string?)null);
        if (Directory.Exists(folder))
        {
            var status = RunFolder.ReadStatus(folder);
            // It ended before it could say anything: what the status says is an earlier attempt's.
            var stillborn = status is null || status.Heartbeat < begun;
            state = stillborn ? RunStates.Failed : status!.State;
            if (stillborn || state == RunStates.Interrupted)
            {
                message = Describe(exit, RunEndings.Output(folder));
                var cancelled = !stillborn && File.Exists(Path.Combine(folder, CancelName));
                if (cancelled) state = RunStates.Cancelled;
                RunEndings.Write(folder, stillborn || cancelled ? state : null, message, stillborn ? message : null);
            }
        }
        if (stopsJobs && state == RunStates.Paused)
        {
            message = "The site was stopped, and this run with it. Resume continues it.";
            RunEndings.Write(folder, null, message, null);
        }
        log.Ended(job.RunId, state, message);
        queue.MarkEnded(job, state, message);
        registry.Refresh(job.RunId);
    }

    private static string Describe(int? exit, string output)
    {
        const int signals = 128, killed = signals + ProcessSignal.Kill;
        var how = exit switch
        {
            null => "The worker is gone",
            killed => "The worker was killed (SIGKILL: by somebody, or because memory ran out)",
            > signals => string.Create(CultureInfo.InvariantCulture, $"The worker was ended by signal {exit - signals}"),
            _ => string.Create(CultureInfo.InvariantCulture, $"The worker ended with exit code {exit}"),
        };
        return output.Length == 0 ? how + "." : $"{how}. It printed: {output}";
    }

    /// <summary>A cancelled worker has its time; then it is told to end, then it is ended.</summary>
    private void Press(string runId)
    {
        var folder = FolderOf(runId);
        if (!File.Exists(Path.Combine(folder, CancelName)))
        {
            cancels.Remove(runId);
            return;
        }
        if (!cancels.TryGetValue(runId, out var cancel)) cancel = (Stopwatch.StartNew(), 0);
        var patience = TimeSpan.FromSeconds(compute.Value.CancelSeconds);
        var due = cancel.Since.Elapsed > 2 * patience ? 2 : cancel.Since.Elapsed > patience ? 1 : 0;
        if (due > cancel.Sent && ProcessOf(runId, folder) is { } id)
        {
            log.Pressed(runId, due == 1 ? "SIGTERM" : "SIGKILL");
            ProcessSignal.Send(id, due == 1 ? ProcessSignal.Terminate : ProcessSignal.Kill);
            cancel.Sent = due;
        }
        cancels[runId] = cancel;
    }

    /// <summary>The worker's process. An adopted one is known by its status while it holds the lock, and only if its command line names the run.</summary>
    private int? ProcessOf(string runId, string folder)
    {
        if (processes.TryGetValue(runId, out var own) && !own.Process.HasExited) return own.Process.Id;
        if (!RunFolder.IsLocked(folder) || RunFolder.ReadStatus(folder)?.ProcessId is not { } id) return null;
        var commandLine = string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/cmdline");
        return File.Exists(commandLine) && File.ReadAllText(commandLine).Contains(runId, StringComparison.Ordinal) ? id : null;
    }

    private string FolderOf(string runId) => Path.Combine(root.Runs, runId);
}
