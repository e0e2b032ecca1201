using SaeDashboard.Core;
using SaeDashboard.Storage.Tables;

namespace SaeDashboard.Storage;

/// <summary>Saved views of the list of features: a name and the query of an address, private or shared. They are changed by their owner.</summary>
public sealed class SavedViewRepository(Database db)
{
    /// <summary>Longest query, in characters.</summary>
    public const int LongestQuery = 2000;

    private readonly View<IReadOnlyList<SavedViewRow>> rows = new(db.Tables, () =>
    [
        .. db.Tables.Views.Values.Where(view => view.DeletedUtc is null)
            .OrderBy(view => view.Name, StringComparer.OrdinalIgnoreCase).ThenBy(view => view.Id, StringComparer.Ordinal).Select(view => RowOf(db.Tables, view)),
    ], db.Tables.Views, db.Tables.Users);

    /// <summary>Saves a view.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="query">The query of the address, without its question mark.</param>
    /// <param name="saeHash">SHA-256 of the weights of the only SAE that it is for, because it names a list; null: it is for every SAE.</param>
    /// <param name="shared">Whether others see it.</param>
    /// <param name="actor">Its owner.</param>
    /// <returns>Its id.</returns>
    /// <exception cref="UserException">The name or the query is refused, or it could not be written.</exception>
    public string Add(string name, string query, string? saeHash, bool shared, Actor actor)
    {
        name = Named(name);
        query = PersonText.Line(query, "The view's query", LongestQuery);
        var id = Ids.New("view");
        db.Write(actor, "view.add", id, scope =>
        {
            scope.Detail = new { name, query };
            scope.Put(scope.Tables.Views, new SavedViewDocument(id, name, query, saeHash, actor.UserId, shared, scope.Now, null));
        });
        return id;
    }

    /// <summary>The views of an SAE's features that a reader may see: their own and the shared ones, by name. In memory.</summary>
    public IReadOnlyList<SavedViewRow> Visible(string saeHash, Actor reader) =>
        [.. rows.Value.Where(view => (view.SaeHash is null || view.SaeHash == saeHash) && (view.Shared || view.OwnerId == reader.UserId))];

    /// <summary>Renames it.</summary>
    /// <exception cref="UserException">There is no such view, it is another person's, the name is refused, or it could not be written.</exception>
    public void Rename(string id, string name, Actor actor)
    {
        name = Named(name);
        Change(actor, "view.rename", id, (view, _) => view.DeletedUtc is null ? view with { Name = name } : null, new { name });
    }

    /// <summary>Shows it to others, or to its owner only.</summary>
    /// <exception cref="UserException">There is no such view, it is another person's, or it could not be written.</exception>
    public void Share(string id, bool shared, Actor actor) => Change(actor, "view.share", id, (view, _) => view.DeletedUtc is null ? view with { Shared = shared } : null, new { shared });

    /// <summary>Deletes it; <see cref="Restore"/> undoes that.</summary>
    /// <exception cref="UserException">There is no such view, it is another person's, or it could not be written.</exception>
    public void Delete(string id, Actor actor) => Change(actor, "view.delete", id, (view, now) => view.DeletedUtc is null ? view with { DeletedUtc = now } : null);

    /// <summary>Undoes <see cref="Delete"/>.</summary>
    /// <exception cref="UserException">There never was such a view, it is another person's, or it could not be written.</exception>
    public void Restore(string id, Actor actor) => Change(actor, "view.restore", id, (view, _) => view with { DeletedUtc = null });

    private void Change(Actor actor, string action, string id, Func<SavedViewDocument, DateTimeOffset, SavedViewDocument?> change, object? detail = null) =>
        db.Change(actor, action, "view", db.Tables.Views, id, (view, now) => view.OwnerId == actor.UserId ? change(view, now)
            : view.Shared ? throw new UserException($"The view “{view.Name}” is another person's: only they can rename, share or delete it. Save one of your own.") : null, detail);

    private static string Named(string name) => PersonText.Name(name, "The view's name");

    private static SavedViewRow RowOf(TableSet tables, SavedViewDocument view) => new(view.Id, view.Name, view.Query, view.SaeHash, view.OwnerId, tables.NameOf(view.OwnerId), view.Shared, view.CreatedUtc);
}

/// <summary>A saved view of the list of features.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="Query">The query of the address, without its question mark.</param>
/// <param name="SaeHash">SHA-256 of the weights of the only SAE that it is for; null: every one.</param>
/// <param name="OwnerId">Who saved it.</param>
/// <param name="Owner">Their name.</param>
/// <param name="Shared">Whether others see it.</param>
/// <param name="CreatedUtc">When it was saved.</param>
public sealed record SavedViewRow(string Id, string Name, string Query, string? SaeHash, string OwnerId, string Owner, bool Shared, DateTimeOffset CreatedUtc);
