using SaeDashboard.Core;
using SaeDashboard.Storage.Tables;

namespace SaeDashboard.Storage;

/// <summary>Browsers that signed in.</summary>
public sealed class SessionRepository(Database db)
{
    /// <summary>A session that was not seen for so long is over.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    // Each is a line of the journal: what a list shows needs no better.
    private static readonly TimeSpan Coarse = TimeSpan.FromHours(1);

    private readonly View<IReadOnlyList<SessionRow>> rows = new(db.Tables, () =>
        [.. db.Tables.Sessions.Values.Where(session => session.EndedUtc is null).OrderByDescending(session => session.SeenUtc).ThenBy(session => session.Id, StringComparer.Ordinal).Select(RowOf)], db.Tables.Sessions);

    /// <summary>Begins one, and drops those of the person that are over.</summary>
    /// <param name="account">Who signed in.</param>
    /// <param name="client">The browser, as it names itself; shortened.</param>
    /// <param name="address">Where it is.</param>
    /// <param name="actor">The person.</param>
    /// <returns>Its id.</returns>
    public string Begin(AccountRow account, string? client, string? address, Actor actor)
    {
        ArgumentNullException.ThrowIfNull(account);
        var id = Ids.New("session");
        db.Write(actor, "session.begin", id, scope =>
        {
            foreach (var old in scope.All(scope.Tables.Sessions).Where(old => old.UserId == account.Id && (old.EndedUtc is not null || scope.Now - old.SeenUtc > Longest || old.Stamp != account.Stamp)))
                scope.Remove(scope.Tables.Sessions, old.Id);
            scope.Put(scope.Tables.Sessions, new SessionDocument(id, account.Id, account.Stamp, client, address, scope.Now, scope.Now));
        });
        return id;
    }

    /// <summary>Those that are not over, the last seen first.</summary>
    public IReadOnlyList<SessionRow> Of(AccountRow account, DateTimeOffset now) => [.. rows.Value.Where(session => session.UserId == account.Id && IsOpen(session, account, now))];

    /// <summary>Whether a browser is still signed in. In memory: every request asks.</summary>
    public bool IsOpen(string id, AccountRow account, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(account);
        return db.Tables.Find(db.Tables.Sessions, id) is { EndedUtc: null } session && session.UserId == account.Id && IsOpen(RowOf(session), account, now);
    }

    /// <summary>Notes that it is used; writes at most once an hour.</summary>
    public void See(string id, DateTimeOffset now, Actor actor)
    {
        if (db.Tables.Find(db.Tables.Sessions, id) is not { EndedUtc: null } session || now - session.SeenUtc < Coarse) return;
        db.Write(actor, "session.see", id, scope =>
        {
            if (scope.Find(scope.Tables.Sessions, id) is { EndedUtc: null } open) scope.Put(scope.Tables.Sessions, open with { SeenUtc = scope.Now });
        });
    }

    /// <summary>Ends it.</summary>
    /// <exception cref="UserException">It is not the actor's.</exception>
    public void End(string id, Actor actor) => db.Write(actor, "session.end", id, scope =>
    {
        if (scope.Find(scope.Tables.Sessions, id) is not { } session || session.UserId != actor.UserId) throw new UserException("There is no such session of yours: it is over already. Open the list again.");
        if (session.EndedUtc is null) scope.Put(scope.Tables.Sessions, session with { EndedUtc = scope.Now });
    });

    private static bool IsOpen(SessionRow session, AccountRow account, DateTimeOffset now) => session.Stamp == account.Stamp && account.DisabledUtc is null && now - session.SeenUtc <= Longest;

    private static SessionRow RowOf(SessionDocument session) => new(session.Id, session.UserId, session.Stamp, session.Client, session.Address, session.CreatedUtc, session.SeenUtc);
}

/// <summary>A browser that is signed in. Times are UTC.</summary>
/// <param name="Id">Its id.</param>
/// <param name="UserId">Whose it is.</param>
/// <param name="Stamp">The account's when it began; another one ends it.</param>
/// <param name="Client">The browser, as it names itself.</param>
/// <param name="Address">Where it was at the sign-in.</param>
/// <param name="CreatedUtc">When it signed in.</param>
/// <param name="SeenUtc">When it was used last, to the hour.</param>
public sealed record SessionRow(string Id, string UserId, string Stamp, string? Client, string? Address, DateTimeOffset CreatedUtc, DateTimeOffset SeenUtc);
