namespace SaeDashboard.Storage;

/// <summary>Folders that are registered by reference.</summary>
public sealed class LocationRepository(Database db)
{
    /// <summary>Registers a folder unless it is, or was and was removed.</summary>
    /// <param name="path">Absolute.</param>
    /// <param name="kind">model, dataset or sae.</param>
    /// <param name="shipped">Whether it came with the program.</param>
    /// <param name="actor">Who registers it.</param>
    public void Ensure(string path, string kind, bool shipped, Actor actor) => db.Write(actor, "location.add", path, scope =>
    {
        scope.Detail = new { kind };
        scope.Execute("INSERT INTO locations (path, kind, shipped, added_by, added_utc) VALUES (@path, @kind, @shipped, @UserId, @Now) ON CONFLICT DO NOTHING",
            new { path, kind, shipped, actor.UserId, scope.Now });
    });

    /// <summary>Forgets a folder; what lies in it stays.</summary>
    public void Remove(string path, Actor actor) => db.Change(actor, "location.remove", "location", path, "UPDATE locations SET removed_utc = @now WHERE path = @id AND removed_utc IS NULL");

    /// <summary>All that are registered, by path.</summary>
    public IReadOnlyList<LocationRow> List() => db.All<LocationRow>("""
        SELECT l.path, l.kind, l.shipped, u.name AS addedBy, l.added_utc AS addedUtc FROM locations l JOIN users u ON u.id = l.added_by WHERE l.removed_utc IS NULL ORDER BY l.path
        """);
}
