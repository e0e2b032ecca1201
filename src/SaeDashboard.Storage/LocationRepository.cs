using SaeDashboard.Storage.Tables;

namespace SaeDashboard.Storage;

/// <summary>Folders registered by reference.</summary>
public sealed class LocationRepository(Database db)
{
    private readonly View<IReadOnlyList<LocationRow>> rows = new(db.Tables, () =>
    [
        .. db.Tables.Locations.Values.Where(location => location.RemovedUtc is null).OrderBy(location => location.Id, StringComparer.Ordinal)
            .Select(location => new LocationRow(location.Id, location.Kind, location.Shipped, db.Tables.NameOf(location.AddedBy), location.AddedUtc)),
    ], db.Tables.Locations, db.Tables.Users);

    /// <summary>Registers a folder, unless it is registered or was removed.</summary>
    /// <param name="path">Absolute path.</param>
    /// <param name="kind">model, dataset or sae.</param>
    /// <param name="shipped">Whether it came with the program.</param>
    /// <param name="actor">Who registers it.</param>
    public void Ensure(string path, string kind, bool shipped, Actor actor) => db.Write(actor, "location.add", path, scope =>
    {
        scope.Detail = new { kind };
        if (scope.Find(scope.Tables.Locations, path) is null) scope.Put(scope.Tables.Locations, new LocationDocument(path, kind, shipped, actor.UserId, scope.Now, null));
    });

    /// <summary>Unregisters a folder and keeps its content.</summary>
    /// <exception cref="SaeDashboard.Core.UserException">The folder is not registered.</exception>
    public void Remove(string path, Actor actor) => db.Change(actor, "location.remove", "location", db.Tables.Locations, path,
        (location, now) => location.RemovedUtc is null ? location with { RemovedUtc = now } : null);

    /// <summary>All registered folders, by path.</summary>
    public IReadOnlyList<LocationRow> List() => rows.Value;
}

/// <summary>A folder outside the data folder, used in place.</summary>
/// <param name="Path">Absolute path.</param>
/// <param name="Kind">model, dataset or sae.</param>
/// <param name="Shipped">Whether it came with the program.</param>
/// <param name="AddedBy">Who registered it, by name.</param>
/// <param name="AddedUtc">When.</param>
public sealed record LocationRow(string Path, string Kind, bool Shipped, string AddedBy, DateTimeOffset AddedUtc);
