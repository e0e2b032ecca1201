using System.Collections.Concurrent;
using SaeDashboard.Storage;

namespace SaeDashboard.Web.Jobs;

/// <summary>What waits for its device and what was started, in memory beside the database's rows, so that looking costs nothing.</summary>
internal sealed class JobQueue(JobRepository jobs)
{
    private const string Start = "start", Again = "resume";

    private readonly Lock gate = new();
    private readonly List<QueuedJob> waiting = [];
    private readonly Dictionary<string, QueuedJob> started = [];
    private readonly ConcurrentDictionary<string, string> reasons = [];

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

    /// <summary>What an earlier site left: jobs that wait and jobs that it had started.</summary>
    public void Load()
    {
        foreach (var row in jobs.Open())
        {
            var job = new QueuedJob(row.Id, row.RunId, row.Kind == Again, row.Device, new Actor(row.OwnerId, row.Owner));
            lock (gate)
            {
                if (row.State == "queued") waiting.Add(job);
                else started[row.RunId] = job;
            }
        }
    }

    public void Add(string runId, bool resume, string device, Actor actor)
    {
        var id = jobs.Queue(runId, resume ? Again : Start, device, actor);
        lock (gate) waiting.Add(new QueuedJob(id, runId, resume, device, actor));
        Added?.Invoke();
    }

    /// <summary>The job's worker was started.</summary>
    public void MarkStarted(QueuedJob job)
    {
        lock (gate)
        {
            waiting.Remove(job);
            started[job.RunId] = job;
        }
        reasons.TryRemove(job.RunId, out _);
        jobs.Started(job.Id, job.Owner);
    }

    /// <summary>The job is over, or was taken back before it began.</summary>
    public void MarkEnded(QueuedJob job, string state, string? message)
    {
        lock (gate)
        {
            waiting.Remove(job);
            started.Remove(job.RunId);
        }
        reasons.TryRemove(job.RunId, out _);
        jobs.Ended(job.Id, state, message, job.Owner);
    }

    public bool IsWaiting(string runId)
    {
        lock (gate) return waiting.Any(job => job.RunId == runId);
    }

    public bool IsStarted(string runId)
    {
        lock (gate) return started.ContainsKey(runId);
    }

    /// <summary>Why a run waits; null when nobody has said yet.</summary>
    public string? Reason(string runId) => reasons.GetValueOrDefault(runId);

    public void SetReason(string runId, string reason) => reasons[runId] = reason;
}
