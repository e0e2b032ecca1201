using SaeDashboard.Core;
using SaeDashboard.Storage.Tables;

namespace SaeDashboard.Storage;

/// <summary>Names and owners of runs. The folders decide which runs exist.</summary>
public sealed class RunRepository(Database db)
{
    private readonly View<IReadOnlyList<RunRow>> rows = new(db.Tables, () =>
    [
        .. db.Tables.Runs.Values.Where(run => run.DeletedUtc is null).OrderByDescending(run => run.Id, StringComparer.Ordinal).Select(run => RowOf(db.Tables, run)),
    ], db.Tables.Runs, db.Tables.Users);

    /// <summary>Adds the run's row if it has none.</summary>
    public void Ensure(string runId, string name, Actor actor) => db.Write(actor, "run.add", runId, scope =>
    {
        scope.Detail = new { name };
        if (scope.Find(scope.Tables.Runs, runId) is null) scope.Put(scope.Tables.Runs, new RunDocument(runId, name, actor.UserId, scope.Now, null));
    });

    /// <summary>One run, deleted ones included; null: no row.</summary>
    public RunRow? Find(string runId)
    {
        lock (db.Tables.Gate) return db.Tables.Runs.Find(runId) is { } run ? RowOf(db.Tables, run) : null;
    }

    /// <summary>All runs, newest first, without deleted ones.</summary>
    public IReadOnlyList<RunRow> All() => rows.Value;

    /// <summary>Renames it.</summary>
    /// <exception cref="UserException">The run does not exist, the name is empty, or it could not be written.</exception>
    public void Rename(string runId, string name, Actor actor)
    {
        if (string.IsNullOrWhiteSpace(name)) throw new UserException("A run needs a name.");
        name = name.Trim();
        Change(actor, "run.rename", runId, (run, _) => run with { Name = name }, new { name });
    }

    /// <summary>Adds and removes tags. One that it has already, in whatever case, is not added again; the order of adding is kept.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="add">Tags to add.</param>
    /// <param name="remove">Tags to remove, in whatever case.</param>
    /// <param name="max">The most that a run may have.</param>
    /// <param name="actor">Who does it.</param>
    /// <exception cref="UserException">The run does not exist, it would have too many tags, or it could not be written.</exception>
    public void Tag(string runId, IReadOnlyList<string> add, IReadOnlyList<string> remove, int max, Actor actor) => Change(actor, "run.tag", runId, (run, _) =>
    {
        var before = run.Tags ?? [];
        string[] after = [.. before.Where(tag => !remove.Contains(tag, StringComparer.OrdinalIgnoreCase)).Concat(add).Distinct(StringComparer.OrdinalIgnoreCase)];
        if (after.Length > max) throw new UserException($"{run.Name} would have {after.Length} tags; {max} is the most. Remove some first.");
        return after.SequenceEqual(before, StringComparer.Ordinal) ? run : run with { Tags = after };
    }, new { add, remove });

    /// <summary>Sets its note; an empty one removes it.</summary>
    /// <exception cref="UserException">The run does not exist, or it could not be written.</exception>
    public void SetNote(string runId, string note, Actor actor) => Change(actor, "run.note", runId, (run, _) => run with { Note = note.Length > 0 ? note : null }, new { note });

    /// <summary>Marks it as deleted.</summary>
    public void Delete(string runId, Actor actor) => Change(actor, "run.delete", runId, (run, now) => run.DeletedUtc is null ? run with { DeletedUtc = now } : null);

    /// <summary>Undoes <see cref="Delete"/>.</summary>
    public void Restore(string runId, Actor actor) => Change(actor, "run.restore", runId, (run, _) => run with { DeletedUtc = null });

    private void Change(Actor actor, string action, string id, Func<RunDocument, DateTimeOffset, RunDocument?> change, object? detail = null) =>
        db.Change(actor, action, "run", db.Tables.Runs, id, change, detail);

    private static RunRow RowOf(TableSet tables, RunDocument run) => new(run.Id, run.Name, run.OwnerId, tables.NameOf(run.OwnerId), run.CreatedUtc, run.DeletedUtc)
    {
        Tags = run.Tags ?? [], Note = run.Note ?? "",
    };
}

/// <summary>The user data of a run. Its progress is in its folder.</summary>
/// <param name="Id">The folder's name.</param>
/// <param name="Name">Its name.</param>
/// <param name="OwnerId">Who started it.</param>
/// <param name="Owner">Their name.</param>
/// <param name="CreatedUtc">When.</param>
/// <param name="DeletedUtc">When it was deleted; null: not deleted.</param>
public sealed record RunRow(string Id, string Name, string OwnerId, string Owner, DateTimeOffset CreatedUtc, DateTimeOffset? DeletedUtc)
{
    /// <summary>Its tags, in the order of adding.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Its note; empty: none.</summary>
    public string Note { get; init; } = "";
}
