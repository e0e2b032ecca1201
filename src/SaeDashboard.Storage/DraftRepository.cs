using SaeDashboard.Storage.Tables;

namespace SaeDashboard.Storage;

/// <summary>What a page keeps for a person until it is done: JSON under a key, such as the studio's rack.</summary>
public sealed class DraftRepository(Database db)
{
    /// <summary>The draft; null: none.</summary>
    public string? Get(string key, Actor actor) => db.Tables.Find(db.Tables.Drafts, DraftDocument.IdOf(key, actor.UserId))?.Json;

    /// <summary>Replaces the draft. An unchanged draft is not written.</summary>
    public void Set(string key, string json, Actor actor) => db.Write(actor, "draft.set", Subject(key), scope =>
    {
        var id = DraftDocument.IdOf(key, actor.UserId);
        if (scope.Find(scope.Tables.Drafts, id)?.Json != json) scope.Put(scope.Tables.Drafts, new DraftDocument(id, actor.UserId, key, json, scope.Now));
    });

    /// <summary>Forgets a draft.</summary>
    public void Clear(string key, Actor actor) => db.Write(actor, "draft.clear", Subject(key), scope => scope.Remove(scope.Tables.Drafts, DraftDocument.IdOf(key, actor.UserId)));

    private static string Subject(string key) => $"draft {key}";
}
