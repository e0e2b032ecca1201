namespace SaeDashboard.Storage;

/// <summary>What a page keeps for a person until it is done: JSON under a key, such as the studio's rack.</summary>
public sealed class DraftRepository(Database db)
{
    /// <summary>The draft; null: none.</summary>
    public string? Get(string key, Actor actor) => db.One<string>("SELECT json FROM drafts WHERE user_id = @UserId AND key = @key", new { actor.UserId, key });

    /// <summary>Keeps a draft in place of the last. The audit keeps one row a draft, of the last time.</summary>
    public void Set(string key, string json, Actor actor) => db.Write(actor, "draft.set", Subject(key), scope => scope.Execute("""
        INSERT INTO drafts (user_id, key, json, updated_utc) VALUES (@UserId, @key, @json, @Now)
        ON CONFLICT (user_id, key) DO UPDATE SET json = excluded.json, updated_utc = excluded.updated_utc
        """, new { actor.UserId, key, json, scope.Now }), repeats: true);

    /// <summary>Forgets a draft.</summary>
    public void Clear(string key, Actor actor) => db.Write(actor, "draft.clear", Subject(key), scope =>
        scope.Execute("DELETE FROM drafts WHERE user_id = @UserId AND key = @key", new { actor.UserId, key }), repeats: true);

    private static string Subject(string key) => $"draft {key}";
}
