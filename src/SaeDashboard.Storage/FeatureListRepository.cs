using SaeDashboard.Core;
using SaeDashboard.Storage.Tables;

namespace SaeDashboard.Storage;

/// <summary>Lists of features that people make: of one SAE each, private or shared. Everybody may add to and remove from a shared one; its name, its sharing and its end are its owner's.</summary>
public sealed class FeatureListRepository(Database db)
{
    /// <summary>The most features of one list.</summary>
    public const int MaxFeatures = 100_000;

    private readonly View<IReadOnlyList<FeatureListRow>> rows = new(db.Tables, () =>
    [
        .. db.Tables.Lists.Values.Where(list => list.DeletedUtc is null)
            .OrderBy(list => list.Name, StringComparer.OrdinalIgnoreCase).ThenBy(list => list.Id, StringComparer.Ordinal).Select(list => RowOf(db.Tables, list)),
    ], db.Tables.Lists, db.Tables.Users);

    /// <summary>Makes a list.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="saeHash">SHA-256 of the SAE's weights.</param>
    /// <param name="features">Its features by their indices, in any order.</param>
    /// <param name="shared">Whether others see it.</param>
    /// <param name="actor">Its owner.</param>
    /// <returns>Its id.</returns>
    /// <exception cref="UserException">The name is refused, there are too many features, or it could not be written.</exception>
    public string Add(string name, string saeHash, IEnumerable<int> features, bool shared, Actor actor)
    {
        name = Named(name);
        var id = Ids.New("list");
        int[] kept = [.. features.Distinct().Order()];
        CheckSize(name, kept.Length);
        db.Write(actor, "list.add", id, scope =>
        {
            scope.Detail = new { name, features = kept.Length };
            scope.Put(scope.Tables.Lists, new FeatureListDocument(id, name, saeHash, kept, actor.UserId, shared, scope.Now, scope.Now, null));
        });
        return id;
    }

    /// <summary>One list that the reader may see, a deleted one of their own included; null: there is none.</summary>
    public FeatureListRow? Find(string id, Actor reader)
    {
        lock (db.Tables.Gate) return db.Tables.Lists.Find(id) is { } list && MaySee(list, reader) && (list.DeletedUtc is null || list.OwnerId == reader.UserId) ? RowOf(db.Tables, list) : null;
    }

    /// <summary>The lists of an SAE that a reader may see: their own and the shared ones, by name. In memory.</summary>
    public IReadOnlyList<FeatureListRow> Visible(string saeHash, Actor reader) => [.. rows.Value.Where(list => list.SaeHash == saeHash && (list.Shared || list.OwnerId == reader.UserId))];

    /// <summary>Adds and removes features.</summary>
    /// <returns>What really changed: features that were there already, or were not, are left out. Swapped, it undoes this change.</returns>
    /// <exception cref="UserException">There is no such list, it is another person's private one, it would be too large, or it could not be written.</exception>
    public FeatureListChange Change(string id, IReadOnlyCollection<int> add, IReadOnlyCollection<int> remove, Actor actor) => db.Write(actor, "list.change", id, scope =>
    {
        var list = scope.Find(scope.Tables.Lists, id) is { DeletedUtc: null } found && MaySee(found, actor) ? found : throw Unknown(id);
        var here = list.Features.ToHashSet();
        var removed = remove.Distinct().Where(here.Remove).ToArray();
        var added = add.Distinct().Where(here.Add).ToArray();
        if (added.Length + removed.Length == 0) return new FeatureListChange([], []);
        CheckSize(list.Name, here.Count);
        scope.Detail = new { added = added.Length, removed = removed.Length };
        scope.Put(scope.Tables.Lists, list with { Features = [.. here.Order()], ChangedUtc = scope.Now });
        return new FeatureListChange(added, removed);
    });

    /// <summary>Renames it.</summary>
    /// <exception cref="UserException">There is no such list, it is another person's, the name is refused, or it could not be written.</exception>
    public void Rename(string id, string name, Actor actor)
    {
        name = Named(name);
        Change(actor, "list.rename", id, (list, now) => list.DeletedUtc is null ? list with { Name = name, ChangedUtc = now } : null, new { name });
    }

    /// <summary>Shows it to others, or to its owner only.</summary>
    /// <exception cref="UserException">There is no such list, it is another person's, or it could not be written.</exception>
    public void Share(string id, bool shared, Actor actor) =>
        Change(actor, "list.share", id, (list, now) => list.DeletedUtc is null ? list with { Shared = shared, ChangedUtc = now } : null, new { shared });

    /// <summary>Deletes it; <see cref="Restore"/> undoes that. Its features stay what they are.</summary>
    /// <exception cref="UserException">There is no such list, it is another person's, or it could not be written.</exception>
    public void Delete(string id, Actor actor) => Change(actor, "list.delete", id, (list, now) => list.DeletedUtc is null ? list with { DeletedUtc = now } : null);

    /// <summary>Undoes <see cref="Delete"/>.</summary>
    /// <exception cref="UserException">There never was such a list, it is another person's, or it could not be written.</exception>
    public void Restore(string id, Actor actor) => Change(actor, "list.restore", id, (list, _) => list with { DeletedUtc = null });

    internal static bool MaySee(FeatureListDocument list, Actor reader) => list.Shared || list.OwnerId == reader.UserId;

    private void Change(Actor actor, string action, string id, Func<FeatureListDocument, DateTimeOffset, FeatureListDocument?> change, object? detail = null) =>
        db.Change(actor, action, "list", db.Tables.Lists, id, (list, now) => list.OwnerId == actor.UserId ? change(list, now)
            : MaySee(list, actor) ? throw new UserException($"The list “{list.Name}” is another person's: only they can rename, share or delete it. Copy its features to a list of your own.") : null, detail);

    private static string Named(string name) => PersonText.Name(name, "The list's name");

    private static void CheckSize(string name, int features)
    {
        if (features > MaxFeatures) throw new UserException(FormattableString.Invariant($"The list “{name}” would have {features:N0} features; {MaxFeatures:N0} is the most. Narrow the filters first."));
    }

    private static UserException Unknown(string id) => new($"There is no list {id}: it was deleted, or it is another person's. Open the page again.");

    private static FeatureListRow RowOf(TableSet tables, FeatureListDocument list) =>
        new(list.Id, list.Name, list.SaeHash, list.Features, list.OwnerId, tables.NameOf(list.OwnerId), list.Shared, list.CreatedUtc, list.DeletedUtc);
}

/// <summary>A list of features.</summary>
/// <param name="Id">Its id, in addresses.</param>
/// <param name="Name">Its name.</param>
/// <param name="SaeHash">SHA-256 of the SAE's weights.</param>
/// <param name="Features">Its features by their indices, ascending.</param>
/// <param name="OwnerId">Who made it.</param>
/// <param name="Owner">Their name.</param>
/// <param name="Shared">Whether others see it.</param>
/// <param name="CreatedUtc">When it was made.</param>
/// <param name="DeletedUtc">When it was deleted; null: it was not.</param>
public sealed record FeatureListRow(
    string Id, string Name, string SaeHash, IReadOnlyList<int> Features, string OwnerId, string Owner, bool Shared, DateTimeOffset CreatedUtc, DateTimeOffset? DeletedUtc);

/// <summary>What a change of a list really changed.</summary>
/// <param name="Added">Features that were not in it.</param>
/// <param name="Removed">Features that were in it.</param>
public sealed record FeatureListChange(IReadOnlyList<int> Added, IReadOnlyList<int> Removed);
