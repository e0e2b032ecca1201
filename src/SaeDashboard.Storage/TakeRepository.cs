using SaeDashboard.Core;

namespace SaeDashboard.Storage;

/// <summary>Names, stars and order of takes. The folders are the truth of what takes there are.</summary>
public sealed class TakeRepository(Database db)
{
    private const string Rows = """
        SELECT t.id, t.name, t.starred, t.stars, t.position, t.owner_id AS ownerId, u.name AS owner, t.created_utc AS createdUtc, t.deleted_utc AS deletedUtc
        FROM takes t JOIN users u ON u.id = t.owner_id
        """;

    /// <summary>Makes the take's row unless it has one.</summary>
    public void Ensure(string takeId, string name, Actor actor) => db.Write(actor, "take.add", takeId, scope =>
    {
        scope.Detail = new { name };
        // The newest stands first.
        scope.Execute("""
            INSERT INTO takes (id, name, position, owner_id, created_utc)
            VALUES (@takeId, @name, (SELECT coalesce(min(position), 0) - 1 FROM takes), @UserId, @Now) ON CONFLICT DO NOTHING
            """, new { takeId, name, actor.UserId, scope.Now });
    });

    /// <summary>One take, deleted ones included; null when it has no row.</summary>
    public TakeRow? Find(string takeId) => db.One<TakeRow>($"{Rows} WHERE t.id = @takeId", new { takeId });

    /// <summary>All takes, in their order; deleted ones are not in it.</summary>
    public IReadOnlyList<TakeRow> List() => db.All<TakeRow>($"{Rows} WHERE t.deleted_utc IS NULL ORDER BY t.position, t.id DESC");

    /// <summary>Gives it another name.</summary>
    /// <exception cref="UserException">There is no such take, or the name is empty.</exception>
    public void Rename(string takeId, string name, Actor actor)
    {
        if (string.IsNullOrWhiteSpace(name)) throw new UserException("A take needs a name.");
        db.Change(actor, "take.rename", "take", takeId, "UPDATE takes SET name = @name WHERE id = @id", new { name = name.Trim() });
    }

    /// <summary>Rates it.</summary>
    /// <param name="takeId">The take.</param>
    /// <param name="stars">1 … 5; null: no rating any more.</param>
    /// <param name="actor">Who rates.</param>
    /// <exception cref="UserException">There is no such take, or no such number of stars.</exception>
    public void Rate(string takeId, int? stars, Actor actor)
    {
        if (stars is < 1 or > 5) throw new UserException($"{stars} stars: a rating has 1 to 5.");
        db.Change(actor, "take.rate", "take", takeId, "UPDATE takes SET stars = @stars WHERE id = @id", new { stars });
    }

    /// <summary>Marks it, or takes the mark away.</summary>
    public void Star(string takeId, bool starred, Actor actor) => db.Change(actor, "take.star", "take", takeId, "UPDATE takes SET starred = @starred WHERE id = @id", new { starred });

    /// <summary>Gives it a place among the others: smaller is higher.</summary>
    public void Move(string takeId, double position, Actor actor) => db.Change(actor, "take.move", "take", takeId, "UPDATE takes SET position = @position WHERE id = @id", new { position });

    /// <summary>Takes it out of the list; <see cref="Restore"/> brings it back. Its folder stays.</summary>
    public void Delete(string takeId, Actor actor) => db.Change(actor, "take.delete", "take", takeId, "UPDATE takes SET deleted_utc = @now WHERE id = @id AND deleted_utc IS NULL");

    /// <summary>Undoes <see cref="Delete"/>.</summary>
    public void Restore(string takeId, Actor actor) => db.Change(actor, "take.restore", "take", takeId, "UPDATE takes SET deleted_utc = NULL WHERE id = @id");
}
