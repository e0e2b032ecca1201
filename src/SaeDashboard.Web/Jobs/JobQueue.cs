using System.Collections.Concurrent;
using SaeDashboard.Core;
using SaeDashboard.Storage;

namespace SaeDashboard.Web.Jobs;

/// <summary>
/// What waits for its device and what was started, in memory as well as in the database, so that reads cost nothing. A run is here once
/// at most. Safe for several threads.
/// </summary>
internal sealed class JobQueue(JobRepository jobs)
{
    private readonly Lock gate = new();
    private readonly List<QueuedJob> waiting = [];
    private readonly Dictionary<string, QueuedJob> started = [];
    private readonly ConcurrentDictionary<string, string> reasons = [];
    private readonly ConcurrentDictionary<string, Lock> runs = [];
    private readonly Lock rows = new();
    private readonly Queue<Action> owed = new();

    /// <summary>Raised when something was added: the executor need not wait for its next round.</summary>
    public event Action? Added;

    /// <summary>In the order of asking.</summary>
    public IReadOnlyList<QueuedJob> Waiting
    {
        get { lock (gate) return [.. waiting]; }
    }

    /// <summary>Jobs whose worker was started, by this site or the one before it.</summary>
    public IReadOnlyList<QueuedJob> Started
    {
        get { lock (gate) return [.. started.Values]; }
    }

    /// <summary>
    /// The lock of one run. Code that looks at a run in order to change it (queue, begin, cancel, conclude, delete, restore)
    /// holds it from the look to the change. Never take two.
    /// </summary>
    public Lock LockOf(string runId) => runs.GetOrAdd(runId, _ => new Lock());

    /// <summary>What an earlier site left: jobs that wait and jobs that it had started.</summary>
    public void Load()
    {
        foreach (var row in jobs.Open())
        {
            var job = new QueuedJob(row.Id, row.RunId, row.Kind == JobKind.Resume, row.Device, new Actor(row.OwnerId, row.Owner));
            bool twice;
            lock (gate)
            {
                twice = Has(row.RunId);
                if (!twice && row.State == RunState.Queued) waiting.Add(job);
                else if (!twice) started[row.RunId] = job;
            }
            if (twice) Write(() => jobs.Ended(job.Id, RunState.Cancelled, "The run was queued twice; the other job counts.", job.Owner));
        }
    }

    /// <summary>Puts a job at the queue's end. Hold <see cref="LockOf"/>.</summary>
    /// <exception cref="UserException">The run waits or is at work already, or the row cannot be written.</exception>
    public void Add(string runId, bool resume, string device, Actor actor)
    {
        lock (gate)
        {
            if (Has(runId)) throw new UserException("This run is already running or queued.");
        }
        var id = jobs.Queue(runId, resume ? JobKind.Resume : JobKind.Start, device, actor);
        lock (gate) waiting.Add(new QueuedJob(id, runId, resume, device, actor));
        Added?.Invoke();
    }

    /// <summary>The job's worker is about to be started. Hold <see cref="LockOf"/>.</summary>
    /// <exception cref="UserException">The row cannot be written: the job waits on.</exception>
    public void MarkStarted(QueuedJob job)
    {
        jobs.Started(job.Id, job.Owner);
        lock (gate)
        {
            waiting.Remove(job);
            started[job.RunId] = job;
        }
        reasons.TryRemove(job.RunId, out _);
    }

    /// <summary>The job is removed from the queue before it started. Hold <see cref="LockOf"/>.</summary>
    /// <exception cref="UserException">The row cannot be written: the job waits on.</exception>
    public void TakeBack(QueuedJob job, RunState state)
    {
        jobs.Ended(job.Id, state, "removed from the queue before it started", job.Owner);
        Remove(job);
    }

    /// <summary>The job is over, here at once. A row that cannot be written is written by <see cref="Settle"/>. Hold <see cref="LockOf"/>.</summary>
    public void MarkEnded(QueuedJob job, RunState state, string? message)
    {
        Remove(job);
        Write(() => jobs.Ended(job.Id, state, message, job.Owner));
    }

    /// <summary>Writes the rows that could not be written before, in order.</summary>
    /// <exception cref="UserException">They still cannot.</exception>
    public void Settle()
    {
        lock (rows)
        {
            while (owed.TryPeek(out var write))
            {
                write();
                owed.Dequeue();
            }
        }
    }

    public bool IsWaiting(string runId)
    {
        lock (gate) return waiting.Any(job => job.RunId == runId);
    }

    public bool IsStarted(string runId)
    {
        lock (gate) return started.ContainsKey(runId);
    }

    /// <summary>Whether this very job still waits.</summary>
    public bool Waits(QueuedJob job)
    {
        lock (gate) return waiting.Contains(job);
    }

    /// <summary>Whether this very job was started and has not ended.</summary>
    public bool Works(QueuedJob job)
    {
        lock (gate) return started.GetValueOrDefault(job.RunId) == job;
    }

    /// <summary>Why a run is queued; null when not known yet.</summary>
    public string? Reason(string runId) => reasons.GetValueOrDefault(runId);

    public void SetReason(string runId, string reason) => reasons[runId] = reason;

    private bool Has(string runId) => started.ContainsKey(runId) || waiting.Any(job => job.RunId == runId);

    private void Remove(QueuedJob job)
    {
        lock (gate)
        {
            waiting.Remove(job);
            if (started.GetValueOrDefault(job.RunId) == job) started.Remove(job.RunId);
        }
        reasons.TryRemove(job.RunId, out _);
    }

    private void Write(Action write)
    {
        lock (rows) owed.Enqueue(write);
        try
        {
            Settle();
        }
        catch (Exception)
        {
            // The executor tries again, later and later, and says why it cannot. The folder tells how the run ended meanwhile.
        }
    }
}

/// <summary>A job that waits for its device.</summary>
/// <param name="Id">Its row in the database; the order of the queue.</param>
/// <param name="RunId">The run.</param>
/// <param name="Resume">Whether it resumes from its last checkpoint.</param>
/// <param name="Device">What it computes on: "cpu", "cuda:0".</param>
/// <param name="Owner">Who asked for it.</param>
internal sealed record QueuedJob(long Id, string RunId, bool Resume, string Device, Actor Owner);
