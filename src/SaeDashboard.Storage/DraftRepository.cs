using SaeDashboard.Storage.Tables;

namespace SaeDashboard.Storage;

/// <summary>Unfinished work of a user on a page: JSON under a key, such as the Studio's rack.</summary>
public sealed class DraftRepository(Database db)
{
    /// <summary>The draft; null: none.</summary>
    public string? Get(string key, Actor actor) => db.Tables.Find(db.Tables.Drafts, DraftDocument.IdOf(key, actor.UserId))?.Json;

    /// <summary>Saves a draft, replacing the last. Saving the same again writes nothing.</summary>
    public void Set(string key, string json, Actor actor) => db.Write(actor, "draft.set", Subject(key), scope =>
    {
        var id = DraftDocument.IdOf(key, actor.UserId);
        if (scope.Find(scope.Tables.Drafts, id)?.Json != json) scope.Put(scope.Tables.Drafts, new DraftDocument(id, actor.UserId, key, json, scope.Now));
    });

    /// <summary>Deletes a draft.</summary>
    public void Clear(string key, Actor actor) => db.Write(actor, "draft.clear", Subject(key), scope => scope.Remove(scope.Tables.Drafts, DraftDocument.IdOf(key, actor.UserId)));

    private static string Subject(string key) => $"draft {key}";
}
