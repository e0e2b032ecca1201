using SaeDashboard.Storage.Tables;

namespace SaeDashboard.Storage;

/// <summary>The executor's queue and its history, which survive a restart.</summary>
public sealed class JobRepository(Database db)
{
    private readonly View<IReadOnlyList<JobRow>> rows = new(db.Tables,
        () => [.. db.Tables.Jobs.Values.OrderBy(job => job.Number).Select(job => RowOf(db.Tables, job))], db.Tables.Jobs, db.Tables.Users);

    /// <summary>Adds a job to the end of the queue and returns its number.</summary>
    public long Queue(string runId, JobKind kind, string device, Actor actor) => db.Write(actor, "job.queue", runId, scope =>
    {
        var number = scope.NextJob();
        scope.Detail = new { kind, device };
        scope.Put(scope.Tables.Jobs, new JobDocument(JobDocument.IdOf(number), number, runId, kind, device, RunState.Queued, null, actor.UserId, scope.Now, null, null));
        return number;
    });

    /// <summary>Records that its worker runs.</summary>
    public void Started(long id, Actor actor) => Change(id, "job.start", actor, null, (job, now) => job with { State = RunState.Running, Message = null, StartedUtc = now });

    /// <summary>Records how it ended.</summary>
    public void Ended(long id, RunState state, string? message, Actor actor) =>
        Change(id, "job.end", actor, new { state }, (job, now) => job with { State = state, Message = message, EndedUtc = now });

    /// <summary>Jobs that have not ended, in the queue's order.</summary>
    public IReadOnlyList<JobRow> Open() => [.. rows.Value.Where(job => job.EndedUtc is null)];

    /// <summary>The last jobs, newest first.</summary>
    public IReadOnlyList<JobRow> Recent(int count) => [.. rows.Value.Reverse().Take(count)];

    private void Change(long id, string action, Actor actor, object? detail, Func<JobDocument, DateTimeOffset, JobDocument> change) => db.Write(actor, action, $"job {id}", scope =>
    {
        scope.Detail = detail;
        if (scope.Find(scope.Tables.Jobs, JobDocument.IdOf(id)) is { } job) scope.Put(scope.Tables.Jobs, change(job, scope.Now));
    });

    private static JobRow RowOf(TableSet tables, JobDocument job) => new(
        job.Number, job.RunId, job.Kind, job.Device, job.State, job.Message, job.OwnerId, tables.NameOf(job.OwnerId), job.QueuedUtc, job.StartedUtc, job.EndedUtc);
}

/// <summary>One job of the executor.</summary>
/// <param name="Id">Its number, which is the queue's order.</param>
/// <param name="RunId">The run; its folder has the progress.</param>
/// <param name="Kind">The worker's task.</param>
/// <param name="Device">Its device: "cpu", "cuda:0".</param>
/// <param name="State">Queued, running, or the run's last state.</param>
/// <param name="Message">Why it waits, or how it ended.</param>
/// <param name="OwnerId">Id of the user who queued it.</param>
/// <param name="Owner">Their name.</param>
/// <param name="QueuedUtc">When it was queued.</param>
/// <param name="StartedUtc">When its worker was started.</param>
/// <param name="EndedUtc">When it ended; null: not yet.</param>
public sealed record JobRow(
    long Id, string RunId, JobKind Kind, string Device, RunState State, string? Message, string OwnerId, string Owner, DateTimeOffset QueuedUtc, DateTimeOffset? StartedUtc, DateTimeOffset? EndedUtc);
