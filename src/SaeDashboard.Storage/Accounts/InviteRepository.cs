using SaeDashboard.Core;
using SaeDashboard.Storage.Tables;

namespace SaeDashboard.Storage;

/// <summary>Links that let people in, each once. The word itself is shown once and is not kept.</summary>
public sealed class InviteRepository(Database db)
{
    private readonly View<IReadOnlyList<InviteRow>> rows = new(db.Tables, () =>
        [.. db.Tables.Invites.Values.OrderByDescending(invite => invite.CreatedUtc).ThenBy(invite => invite.Id, StringComparer.Ordinal).Select(invite => RowOf(db.Tables, invite))], db.Tables.Invites, db.Tables.Users);

    /// <summary>Makes one.</summary>
    /// <param name="hash">SHA-256 of its word, in hexadecimal.</param>
    /// <param name="role">What who takes it may do.</param>
    /// <param name="personId">The person it is for: one who is here and has no account becomes that person, one who has an account gets a new password. Null: a new person.</param>
    /// <param name="lasts">How long it is good for.</param>
    /// <param name="actor">An admin.</param>
    /// <returns>Its id.</returns>
    /// <exception cref="UserException">There is no such person, or the actor may not.</exception>
    public string Add(string hash, AccountRole role, string? personId, TimeSpan lasts, Actor actor)
    {
        var id = Ids.New("invite");
        db.Write(actor, "invite.add", id, scope =>
        {
            scope.Detail = new { role, person = personId };
            if (personId is not null && (!PeopleRules.IsHere(personId) || scope.Find(scope.Tables.Users, personId) is null)) throw new UserException("There is no such person here. Open the list again.");
            scope.Put(scope.Tables.Invites, new InviteDocument(id, hash, role, personId, actor.UserId, scope.Now, scope.Now + lasts));
        });
        return id;
    }

    /// <summary>Takes one back.</summary>
    /// <exception cref="UserException">There is none, or the actor may not.</exception>
    public void Revoke(string id, Actor actor) => db.Change(actor, "invite.revoke", "invite", db.Tables.Invites, id, (invite, now) => invite.RevokedUtc is null ? invite with { RevokedUtc = now } : invite);

    /// <summary>All, the newest first.</summary>
    public IReadOnlyList<InviteRow> List() => rows.Value;

    /// <summary>The invite of a word that is still good; null: unknown, used, expired or taken back, without a difference.</summary>
    public InviteRow? Open(string hash, DateTimeOffset now) => rows.Value.FirstOrDefault(invite => invite.Hash == hash && invite.IsOpen(now));

    private static InviteRow RowOf(TableSet tables, InviteDocument invite) => new(
        invite.Id, invite.Hash, invite.Role, invite.PersonId, invite.PersonId is { } person ? tables.NameOf(person) : null, tables.NameOf(invite.AuthorId), invite.CreatedUtc, invite.ExpiresUtc, invite.UsedUtc,
        invite.UsedBy is { } by ? tables.NameOf(by) : null, invite.RevokedUtc);
}

/// <summary>An invite. Times are UTC.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Hash">SHA-256 of its word.</param>
/// <param name="Role">What who takes it may do.</param>
/// <param name="PersonId">Whom it is for; null: a new person.</param>
/// <param name="Person">Their name.</param>
/// <param name="Author">Who made it.</param>
/// <param name="CreatedUtc">When.</param>
/// <param name="ExpiresUtc">Until when it is good.</param>
/// <param name="UsedUtc">When it was taken; null: it was not.</param>
/// <param name="UsedBy">By whom.</param>
/// <param name="RevokedUtc">When it was taken back; null: it was not.</param>
public sealed record InviteRow(
    string Id, string Hash, AccountRole Role, string? PersonId, string? Person, string Author, DateTimeOffset CreatedUtc, DateTimeOffset ExpiresUtc, DateTimeOffset? UsedUtc, string? UsedBy, DateTimeOffset? RevokedUtc)
{
    /// <summary>Whether it can be taken.</summary>
    public bool IsOpen(DateTimeOffset now) => UsedUtc is null && RevokedUtc is null && ExpiresUtc > now;
}
