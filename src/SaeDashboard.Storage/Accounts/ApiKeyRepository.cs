using SaeDashboard.Core;
using SaeDashboard.Storage.Tables;

namespace SaeDashboard.Storage;

/// <summary>Keys for programs. A key's secret is shown once and is not kept.</summary>
public sealed class ApiKeyRepository(Database db)
{
    // Each is a line of the journal.
    private static readonly TimeSpan Coarse = TimeSpan.FromHours(1);

    private readonly View<IReadOnlyList<ApiKeyRow>> rows = new(db.Tables, () =>
        [.. db.Tables.ApiKeys.Values.OrderByDescending(key => key.CreatedUtc).ThenBy(key => key.Id, StringComparer.Ordinal).Select(RowOf)], db.Tables.ApiKeys);

    /// <summary>Makes one for the actor.</summary>
    /// <param name="id">Its id, which is part of the key.</param>
    /// <param name="name">What it is for.</param>
    /// <param name="hash">SHA-256 of its secret, in hexadecimal.</param>
    /// <param name="rights">What it may do, within what its owner may.</param>
    /// <param name="lasts">How long it is good for; null: until it is revoked.</param>
    /// <param name="actor">Its owner.</param>
    /// <exception cref="UserException">The name is refused, it may do nothing, or it could not be written.</exception>
    public void Add(string id, string name, string hash, Rights rights, TimeSpan? lasts, Actor actor)
    {
        name = PersonText.Name(name, "The key's name");
        if (rights == Rights.None) throw new UserException("Choose at least one thing that the key may do.");
        string[] scopes = [.. RightsRules.Each.Where(right => rights.HasFlag(right)).Select(RightsRules.Word)];
        db.Write(actor, "key.add", id, scope =>
        {
            scope.Detail = new { name, scopes };
            scope.Put(scope.Tables.ApiKeys, new ApiKeyDocument(id, actor.UserId, name, hash, scopes, scope.Now, scope.Now + lasts));
        });
    }

    /// <summary>Ends it.</summary>
    /// <exception cref="UserException">There is no such key of the actor.</exception>
    public void Revoke(string id, Actor actor) => db.Change(actor, "key.revoke", "key", db.Tables.ApiKeys, id,
        (key, now) => key.UserId != actor.UserId ? null : key.RevokedUtc is null ? key with { RevokedUtc = now } : key);

    /// <summary>Notes that it is used; writes at most once an hour.</summary>
    public void Use(string id, DateTimeOffset now, Actor actor)
    {
        if (Find(id) is not { } key || now - key.UsedUtc < Coarse) return;
        db.Write(actor, "key.use", id, scope =>
        {
            if (scope.Find(scope.Tables.ApiKeys, id) is { } found) scope.Put(scope.Tables.ApiKeys, found with { UsedUtc = scope.Now });
        });
    }

    /// <summary>A key; null: none. In memory.</summary>
    public ApiKeyRow? Find(string id) => db.Tables.Find(db.Tables.ApiKeys, id) is { } key ? RowOf(key) : null;

    /// <summary>A person's keys, the newest first, revoked ones included.</summary>
    public IReadOnlyList<ApiKeyRow> Of(string userId) => [.. rows.Value.Where(key => key.UserId == userId)];

    private static ApiKeyRow RowOf(ApiKeyDocument key) =>
        new(key.Id, key.UserId, key.Name, key.Hash, RightsRules.Parse(key.Scopes) ?? Rights.None, key.CreatedUtc, key.ExpiresUtc, key.UsedUtc, key.RevokedUtc);
}

/// <summary>A key for programs. Times are UTC.</summary>
/// <param name="Id">Its id.</param>
/// <param name="UserId">Whose it is.</param>
/// <param name="Name">What it is for.</param>
/// <param name="Hash">SHA-256 of its secret.</param>
/// <param name="May">What it may do, within what its owner may.</param>
/// <param name="CreatedUtc">When it was made.</param>
/// <param name="ExpiresUtc">Until when it is good; null: until it is revoked.</param>
/// <param name="UsedUtc">When it was used last, to the hour; null: never.</param>
/// <param name="RevokedUtc">When it was ended; null: it was not.</param>
public sealed record ApiKeyRow(
    string Id, string UserId, string Name, string Hash, Rights May, DateTimeOffset CreatedUtc, DateTimeOffset? ExpiresUtc, DateTimeOffset? UsedUtc, DateTimeOffset? RevokedUtc)
{
    /// <summary>Whether it opens anything.</summary>
    public bool IsOpen(DateTimeOffset now) => RevokedUtc is null && (ExpiresUtc is not { } until || until > now);
}
