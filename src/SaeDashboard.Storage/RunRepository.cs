using SaeDashboard.Core;

namespace SaeDashboard.Storage;

/// <summary>Names and owners of runs. The folders are the truth of what runs there are.</summary>
public sealed class RunRepository(Database db)
{
    private const string Rows = """
        SELECT r.id, r.name, r.owner_id AS ownerId, u.name AS owner, r.created_utc AS createdUtc, r.deleted_utc AS deletedUtc FROM runs r JOIN users u ON u.id = r.owner_id
        """;

    /// <summary>Makes the run's row unless it has one.</summary>
    public void Ensure(string runId, string name, Actor actor) => db.Write(actor, "run.add", runId, scope =>
    {
        scope.Detail = new { name };
        scope.Execute("INSERT INTO runs (id, name, owner_id, created_utc) VALUES (@runId, @name, @UserId, @Now) ON CONFLICT DO NOTHING", new { runId, name, actor.UserId, scope.Now });
    });

    /// <summary>One run, deleted ones included; null when it has no row.</summary>
    public RunRow? Find(string runId) => db.One<RunRow>($"{Rows} WHERE r.id = @runId", new { runId });

    /// <summary>All runs, the newest first; deleted ones are not in it.</summary>
    public IReadOnlyList<RunRow> All() => db.All<RunRow>($"{Rows} WHERE r.deleted_utc IS NULL ORDER BY r.id DESC");

    /// <summary>Gives it another name.</summary>
    /// <exception cref="UserException">There is no such run, or the name is empty.</exception>
    public void Rename(string runId, string name, Actor actor)
    {
        if (string.IsNullOrWhiteSpace(name)) throw new UserException("A run needs a name.");
        db.Change(actor, "run.rename", "run", runId, "UPDATE runs SET name = @name WHERE id = @id", new { name = name.Trim() });
    }

    /// <summary>Notes that it was deleted.</summary>
    public void Delete(string runId, Actor actor) => db.Change(actor, "run.delete", "run", runId, "UPDATE runs SET deleted_utc = @now WHERE id = @id AND deleted_utc IS NULL");

    /// <summary>Undoes <see cref="Delete"/>.</summary>
    public void Restore(string runId, Actor actor) => db.Change(actor, "run.restore", "run", runId, "UPDATE runs SET deleted_utc = NULL WHERE id = @id");
}
