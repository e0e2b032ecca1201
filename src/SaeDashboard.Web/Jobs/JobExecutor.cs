using System.Diagnostics;
using Microsoft.Extensions.Options;
using SaeDashboard.Core;
using SaeDashboard.Core.Runs;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Serving;

namespace SaeDashboard.Web.Jobs;

/// <summary>
/// Starts the workers of queued runs, one at a time on each device, and notices how they end. It ends none itself but those that were cancelled
/// and do not answer: when the site goes, they stay, and the next site finds them by their locks. Where they cannot outlive the site
/// (<see cref="ComputeOptions.StopJobsWithSite"/>), it pauses them before it ends.
/// </summary>
internal sealed class JobExecutor : BackgroundService, IHostedLifecycleService
{
    private const string JobRows = "jobs";

    private static readonly TimeSpan Round = TimeSpan.FromMilliseconds(250);

    private readonly DataRoot root;
    private readonly JobQueue queue;
    private readonly WorkerLauncher launcher;
    private readonly RunRegistry registry;
    private readonly MemoryCheck memory;
    private readonly IOptions<ComputeOptions> compute;
    private readonly ILogger<JobExecutor> log;
    private readonly WorkerTable workers;
    private readonly CancelPressure pressure;
    private readonly RetryTable retries;
    private readonly Stopwatch sinceStop = new();
    private volatile bool stopsJobs;

    public JobExecutor(
        DataRoot root, JobQueue queue, WorkerLauncher launcher, RunRegistry registry, MemoryCheck memory, IOptions<ComputeOptions> compute, ILogger<JobExecutor> log)
    {
        (this.root, this.queue, this.launcher, this.registry, this.memory, this.compute, this.log) = (root, queue, launcher, registry, memory, compute, log);
        workers = new WorkerTable(root);
        pressure = new CancelPressure(workers, TimeSpan.FromSeconds(compute.Value.CancelSeconds), log.Pressed);
        retries = new RetryTable(Failed);
    }

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        Prepare();
        return base.StartAsync(cancellationToken);
    }

    /// <summary>Finds what the site before left: before any page is asked for.</summary>
    internal void Prepare()
    {
        RunTrash.Empty(root, log.TrashKept);
        new DataTrash(root).Empty(log.TrashKept);
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
        foreach (var run in busy) AskToPause(run);
    }

    private void AskToPause(string runId)
    {
        try
        {
            RunFolder.RequestPause(FolderOf(runId));
        }
        catch (UserException error)
        {
            // On a full disk it cannot be asked: it is resumed from its last checkpoint. The others are asked.
            log.JobFailed(runId, error);
        }
    }

    /// <summary>Waits until every job has ended, and records how.</summary>
    internal async Task StopJobs()
    {
        // Again: a job may have begun while the first request was made.
        PauseJobs();
        var asked = Busy();
        while (true)
        {
            foreach (var job in queue.Started.Where(job => !workers.IsAlive(job.RunId))) retries.Try(job.RunId, () => Complete(job));
            var left = asked.Where(workers.IsAlive).ToArray();
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
        workers.Dispose();
        base.Dispose();
    }

    /// <summary>One round: who ended, who is to be ended, who may begin. Each job is guarded for itself.</summary>
    internal void Tick()
    {
        retries.Try(JobRows, queue.Settle);
        foreach (var job in queue.Started) retries.Try(job.RunId, () => LookAfter(job));
        foreach (var job in queue.Waiting)
        {
            if (stopsJobs) return;
            retries.Try(job.RunId, () => Consider(job));
        }
        retries.Keep(queue.Started.Concat(queue.Waiting).Select(job => job.RunId).Append(JobRows).ToHashSet());
    }

    private void LookAfter(QueuedJob job)
    {
        if (workers.IsAlive(job.RunId)) pressure.EnforceCancel(job.RunId, FolderOf(job.RunId));
        else Complete(job);
    }

    private void Consider(QueuedJob job)
    {
        if (WaitReason(job) is { } reason) Wait(job.RunId, reason);
        else Begin(job);
    }

    private void Wait(string runId, string reason)
    {
        if (queue.Reason(runId) == reason) return;
        queue.SetReason(runId, reason);
        registry.Refresh(runId);
    }

    /// <summary>Said once, not in every round; a job that waits shows it as the reason.</summary>
    private void Failed(string name, Exception error)
    {
        log.JobFailed(name, error);
        if (queue.IsWaiting(name)) Wait(name, error.Message);
    }

    /// <summary>Why the job cannot begin now; null when it can.</summary>
    private string? WaitReason(QueuedJob job)
    {
        var busy = Busy(job.Device).Where(run => run != job.RunId).ToArray();
        if (busy.Length >= Math.Max(1, compute.Value.JobsAtOnce))
            return $"Queued behind {registry.Find(busy[0])?.Name ?? busy[0]}: jobs on {job.Device} run one at a time.";
        return registry.Find(job.RunId) is { } run ? memory.Wait(run.Plan) : null;
    }

    /// <summary>Running runs: jobs of this queue, and those started by hand in the data folder.</summary>
    /// <param name="device">Of those on this device; null: of all.</param>
    private string[] Busy(string? device = null) =>
        [.. registry.Runs.Where(run => run.Status.State == RunState.Running && (device is null || run.Device == device)).Select(run => run.Id)
            .Union(queue.Started.Where(started => device is null || started.Device == device).Select(started => started.RunId))];

    private void Begin(QueuedJob job)
    {
        lock (queue.LockOf(job.RunId))
        {
            // It may have been taken back since this round began.
            if (!queue.Waits(job)) return;
            var folder = FolderOf(job.RunId);
            var before = RunRecord.Read(folder);
            if (!Directory.Exists(folder)) End(job, JobOutcome.FolderGone);
            // A site that was killed after it had started the worker and before it had noted that.
            else if (before.Status is { State: RunState.Done }) End(job, new JobOutcome(RunState.Done, null));
            else if (RunRecord.IsLocked(folder)) queue.MarkStarted(job);
            else StartWorker(job, folder, before);
        }
        registry.Refresh(job.RunId);
    }

    private void StartWorker(QueuedJob job, string folder, RunRecord before)
    {
        queue.MarkStarted(job);
        try
        {
            var process = launcher.Start(folder, job.Resume || before.Exists);
            workers.Add(job.RunId, process, before);
            log.Began(job.RunId, process.Id);
        }
        catch (UserException error)
        {
            End(job, new JobOutcome(RunState.Failed, error.Message, Written: true, error.Message));
        }
    }

    /// <summary>The worker is gone.</summary>
    private void Complete(QueuedJob job)
    {
        lock (queue.LockOf(job.RunId))
        {
            if (!queue.Works(job)) return;
            var folder = FolderOf(job.RunId);
            var (exit, before) = workers.Ended(job.RunId);
            var outcome = JobOutcome.Of(folder, RunRecord.Read(folder), before, exit, CancelPressure.IsWanted(folder));
            if (stopsJobs && outcome.State == RunState.Paused) outcome = outcome with { Message = "Paused when the site stopped. Resume continues it." };
            End(job, outcome);
            workers.Remove(job.RunId);
            pressure.Forget(job.RunId);
        }
        registry.Refresh(job.RunId);
    }

    private void End(QueuedJob job, JobOutcome outcome)
    {
        if (outcome.Message is { } message) RunEndings.Write(FolderOf(job.RunId), outcome.Written ? outcome.State : null, message, outcome.Error);
        log.Ended(job.RunId, outcome.State, outcome.Message);
        queue.MarkEnded(job, outcome.State, outcome.Message);
    }

    private string FolderOf(string runId) => RunPlaces.Of(root, runId);
}

/// <summary>
/// Work that is tried in every round, each piece guarded for itself: one that fails does not keep the others from being done. It is tried
/// again after 1, 2, 4 … 30 s, and said once for each message. For one thread.
/// </summary>
/// <param name="failed">Called for a failure that differs from the last one: the piece's name and the error.</param>
internal sealed class RetryTable(Action<string, Exception> failed)
{
    private readonly Dictionary<string, Trouble> troubles = [];

    /// <summary>Does the work unless it failed a moment ago.</summary>
    /// <param name="name">What the work is about, such as a run's id.</param>
    /// <param name="work">The work.</param>
    public void Try(string name, Action work)
    {
        troubles.TryGetValue(name, out var trouble);
        if (trouble is not null && Stopwatch.GetElapsedTime(trouble.Since) < trouble.Wait) return;
        try
        {
            work();
            troubles.Remove(name);
        }
        catch (Exception error)
        {
            var isNews = trouble?.Message != error.Message;
            trouble ??= troubles[name] = new Trouble();
            (trouble.Message, trouble.Since, trouble.Wait) = (error.Message, Stopwatch.GetTimestamp(), trouble.BackOff.Next());
            if (isNews) failed(name, error);
        }
    }

    /// <summary>Forgets the failures of all but these.</summary>
    public void Keep(IReadOnlySet<string> names)
    {
        foreach (var name in troubles.Keys.Where(name => !names.Contains(name)).ToArray()) troubles.Remove(name);
    }

    private sealed class Trouble
    {
        public BackOff BackOff { get; } = new();

        public string Message { get; set; } = "";

        public long Since { get; set; }

        public TimeSpan Wait { get; set; }
    }
}

/// <summary>What the executor writes into the site's log.</summary>
internal static partial class JobsLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Run {Run} was running when the site stopped; it is watched again")]
    public static partial void Adopted(this ILogger log, string run);

    [LoggerMessage(Level = LogLevel.Information, Message = "Run {Run}: worker {Process}")]
    public static partial void Began(this ILogger log, string run, int process);

    [LoggerMessage(Level = LogLevel.Information, Message = "Run {Run} ended: {State} {Message}")]
    public static partial void Ended(this ILogger log, string run, RunState state, string? message);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {Run} did not react to Cancel: {Signal}")]
    public static partial void Pressed(this ILogger log, string run, string signal);

    [LoggerMessage(Level = LogLevel.Information, Message = "The site is stopping: {Count} run(s) save a checkpoint")]
    public static partial void StopsJobs(this ILogger log, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {Run} did not save a checkpoint within {Seconds} s; it will resume from its last one")]
    public static partial void StoppedLate(this ILogger log, string run, double seconds);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Name} failed; retrying with increasing delays")]
    public static partial void JobFailed(this ILogger log, string name, Exception error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path} cannot be removed: {Message}")]
    public static partial void TrashKept(this ILogger log, string path, string message);

    [LoggerMessage(Level = LogLevel.Error, Message = "Job executor iteration failed; continuing")]
    public static partial void RoundFailed(this ILogger log, Exception error);
}
