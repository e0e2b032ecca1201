namespace SaeDashboard.Storage;

/// <summary>The executor's queue and its past, so that a restart forgets nothing.</summary>
public sealed class JobRepository(Database db)
{
    private const string Rows = """
        SELECT j.id, j.run_id AS runId, j.kind, j.device, j.state, j.message, j.owner_id AS ownerId, u.name AS owner,
               j.queued_utc AS queuedUtc, j.started_utc AS startedUtc, j.ended_utc AS endedUtc
        FROM jobs j JOIN users u ON u.id = j.owner_id
        """;

    /// <summary>Puts a job at the queue's end; gives its number.</summary>
    public long Queue(string runId, string kind, string device, Actor actor) => db.Write(actor, "job.queue", runId, scope =>
    {
        scope.Detail = new { kind, device };
        return scope.One<long>("""
            INSERT INTO jobs (run_id, kind, device, state, owner_id, queued_utc) VALUES (@runId, @kind, @device, 'queued', @UserId, @Now) RETURNING id
            """, new { runId, kind, device, actor.UserId, scope.Now });
    });

    /// <summary>Notes that its worker runs.</summary>
    public void Started(long id, Actor actor) => db.Write(actor, "job.start", Subject(id), scope =>
        scope.Execute("UPDATE jobs SET state = 'running', message = NULL, started_utc = @Now WHERE id = @id", new { id, scope.Now }));

    /// <summary>Notes how it ended.</summary>
    public void Ended(long id, string state, string? message, Actor actor) => db.Write(actor, "job.end", Subject(id), scope =>
    {
        scope.Detail = new { state };
        scope.Execute("UPDATE jobs SET state = @state, message = @message, ended_utc = @Now WHERE id = @id", new { id, state, message, scope.Now });
    });

    /// <summary>Jobs that have not ended, in the queue's order.</summary>
    public IReadOnlyList<JobRow> Open() => db.All<JobRow>($"{Rows} WHERE j.ended_utc IS NULL ORDER BY j.id");

    /// <summary>The last jobs, the newest first.</summary>
    public IReadOnlyList<JobRow> Recent(int count) => db.All<JobRow>($"{Rows} ORDER BY j.id DESC LIMIT @count", new { count });

    private static string Subject(long id) => $"job {id}";
}
