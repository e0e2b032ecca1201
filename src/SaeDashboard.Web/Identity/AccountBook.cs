using SaeDashboard.Storage;

namespace SaeDashboard.Web.Identity;

/// <summary>Accounts, sessions, invites and keys as pages show and change them. In memory, but for what is written.</summary>
internal sealed class AccountBook(AccountRepository accounts, SessionRepository sessions, InviteRepository invites, ApiKeyRepository keys, TimeProvider clock)
{
    /// <summary>Every account, by name.</summary>
    public IReadOnlyList<AccountRow> Accounts => accounts.List();

    /// <summary>Every invite, the newest first.</summary>
    public IReadOnlyList<InviteRow> Invites => invites.List();

    /// <summary>A person's account; null: they have none.</summary>
    public AccountRow? Find(string id) => accounts.Find(id);

    /// <summary>The browsers at which a person is signed in, the last seen first.</summary>
    public IReadOnlyList<SessionRow> Sessions(AccountRow account) => sessions.Of(account, clock.GetUtcNow());

    /// <summary>Ends a session of the actor.</summary>
    /// <exception cref="Core.UserException">It is not the actor's, or it could not be written.</exception>
    public void End(string session, Actor actor) => sessions.End(session, actor);

    /// <summary>Makes an invite; gives the word of its link, which is not kept.</summary>
    /// <exception cref="Core.UserException">The actor may not, there is no such person, or it could not be written.</exception>
    public string Invite(AccountRole role, string? person, TimeSpan lasts, Actor actor)
    {
        var word = Secrets.New();
        invites.Add(Secrets.Hash(word), role, person, lasts, actor);
        return word;
    }

    /// <summary>Takes an invite back.</summary>
    /// <exception cref="Core.UserException">The actor may not, or it could not be written.</exception>
    public void TakeBack(string invite, Actor actor) => invites.Revoke(invite, actor);

    /// <summary>A person's keys, the newest first.</summary>
    public IReadOnlyList<ApiKeyRow> Keys(string userId) => keys.Of(userId);

    /// <summary>Makes a key for the actor; gives it, which is not kept.</summary>
    /// <exception cref="Core.UserException">The name is refused, or it could not be written.</exception>
    public string AddKey(string name, Rights may, TimeSpan? lasts, Actor actor)
    {
        var (key, id, hash) = KeySignIn.New();
        keys.Add(id, name, hash, may, lasts, actor);
        return key;
    }

    /// <summary>Ends a key of the actor.</summary>
    /// <exception cref="Core.UserException">It is not the actor's, or it could not be written.</exception>
    public void RevokeKey(string key, Actor actor) => keys.Revoke(key, actor);
}
