using SaeDashboard.Core;
using SaeDashboard.Storage.Tables;
using SaeDashboard.Storage.Writing;

namespace SaeDashboard.Storage;

/// <summary>Accounts: how people of this site sign in. What a person wrote belongs to the person; an account is added to them.</summary>
public sealed class AccountRepository(Database db)
{
    private readonly View<Dictionary<string, AccountRow>> rows = new(db.Tables, () =>
        db.Tables.Accounts.Values.Select(account => RowOf(db.Tables, account)).ToDictionary(row => row.Id, StringComparer.Ordinal), db.Tables.Accounts, db.Tables.Users);

    private readonly View<Dictionary<string, AccountRow>> byName = new(db.Tables, () =>
        db.Tables.Accounts.Values.Select(account => RowOf(db.Tables, account)).DistinctBy(row => Key(row.Name)).ToDictionary(row => Key(row.Name), StringComparer.Ordinal), db.Tables.Accounts, db.Tables.Users);

    /// <summary>The form of a name in which two are the same: upper case, composed characters.</summary>
    public static string Key(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.Trim().Normalize().ToUpperInvariant();
    }

    /// <summary>Every account, by name.</summary>
    public IReadOnlyList<AccountRow> List() => [.. rows.Value.Values.OrderBy(row => row.Name, StringComparer.OrdinalIgnoreCase)];

    /// <summary>Whether there is one.</summary>
    public bool Any => rows.Value.Count > 0;

    /// <summary>Whether there is an admin, who can let others in.</summary>
    public bool HasAdmin => rows.Value.Values.Any(IsOpenAdmin);

    /// <summary>A person's account; null: they have none. In memory: every request asks.</summary>
    public AccountRow? Find(string id) => rows.Value.GetValueOrDefault(id);

    /// <summary>The account of that name, upper or lower case; null: none.</summary>
    public AccountRow? ByName(string name) => byName.Value.GetValueOrDefault(Key(name));

    /// <summary>Makes an account, for a new person or for one who is here.</summary>
    /// <param name="account">Its name, role, password's hash and stamp. An id that is not a person's becomes a new person's.</param>
    /// <param name="invite">The invite that is used up by it; null: the first admin's, which is refused when there is an admin.</param>
    /// <param name="actor">Who makes it.</param>
    /// <exception cref="UserException">The name is taken or refused, the person has an account, the invite is used, or there is an admin.</exception>
    public AccountRow Add(AccountRow account, string? invite, Actor actor)
    {
        ArgumentNullException.ThrowIfNull(account);
        var name = PersonText.Name(account.Name, "The name");
        db.Write(actor, "account.add", account.Id, scope =>
        {
            scope.Detail = new { name, role = account.Role };
            if (scope.Find(scope.Tables.Accounts, account.Id) is not null) throw new UserException("This person has an account already. Ask an admin for a link that sets a new password.");
            FreeName(scope, name, account.Id);
            if (invite is not null) Use(scope, invite, account.Id);
            else if (scope.All(scope.Tables.Accounts).Any(each => each is { Role: AccountRole.Admin, DisabledUtc: null })) throw new UserException("There is an admin already. Ask them for an invite.");
            Name(scope, account.Id, name);
            scope.Put(scope.Tables.Accounts, DocumentOf(account) with { CreatedUtc = scope.Now });
        });
        return Find(account.Id)!;
    }

    /// <summary>Replaces an account.</summary>
    /// <param name="before">As it was read.</param>
    /// <param name="after">As it shall be.</param>
    /// <param name="invite">An invite that is used up by it; null: none.</param>
    /// <param name="actor">Who changes it.</param>
    /// <returns>The account now; null: it was changed meanwhile.</returns>
    /// <exception cref="UserException">The name is taken, it would be the last admin's end, or it could not be written.</exception>
    public AccountRow? Change(AccountRow before, AccountRow after, string? invite, Actor actor)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        var done = db.Write(actor, Action(before, after), before.Id, scope =>
        {
            // One's own password and name; everything else is an admin's, or the site's, which counts wrong passwords.
            var own = actor.UserId == before.Id && before.Role == after.Role && before.DisabledUtc == after.DisabledUtc;
            if (!own && actor != UserRepository.Site) RightsRules.Check(scope, actor, Rights.Admin);
            if (scope.Find(scope.Tables.Accounts, before.Id) is not { } found || found != DocumentOf(before)) return false;
            if (IsOpenAdmin(before) && !IsOpenAdmin(after) && !scope.All(scope.Tables.Accounts).Any(each => each.Id != before.Id && each is { Role: AccountRole.Admin, DisabledUtc: null }))
                throw new UserException($"{before.Name} is the only admin. Make another person an admin first.");
            if (before.Role != after.Role) scope.Detail = new { role = after.Role };
            if (before.Name != after.Name)
            {
                FreeName(scope, after.Name, before.Id);
                Name(scope, before.Id, PersonText.Name(after.Name, "The name"));
            }
            if (invite is not null) Use(scope, invite, before.Id);
            scope.Put(scope.Tables.Accounts, DocumentOf(after));
            return true;
        });
        return done ? Find(before.Id) : null;
    }

    internal static void Use(WriteScope scope, string invite, string by)
    {
        if (scope.Find(scope.Tables.Invites, invite) is not { UsedUtc: null, RevokedUtc: null } open || open.ExpiresUtc <= scope.Now || (open.PersonId ?? by) != by)
            throw new UserException("This link was used already, has expired or was taken back. Ask an admin for another.");
        scope.Put(scope.Tables.Invites, open with { UsedUtc = scope.Now, UsedBy = by });
    }

    /// <summary>Refuses a name by which another person signs in.</summary>
    internal static void FreeName(WriteScope scope, string name, string id)
    {
        var key = Key(name);
        if (scope.All(scope.Tables.Accounts).Any(each => each.Id != id && Key(scope.NameOf(each.Id)) == key)) throw new UserException($"Another person signs in as {name}. Choose another name.");
    }

    private static void Name(WriteScope scope, string id, string name)
    {
        var before = scope.Find(scope.Tables.Users, id);
        if (before?.Name != name) scope.Put(scope.Tables.Users, before is null ? new UserDocument(id, name, scope.Now) : before with { Name = name });
    }

    private static bool IsOpenAdmin(AccountRow row) => row is { Role: AccountRole.Admin, DisabledUtc: null };

    private static string Action(AccountRow before, AccountRow after) =>
        before.Role != after.Role ? "account.role"
        : before.DisabledUtc != after.DisabledUtc ? after.DisabledUtc is null ? "account.enable" : "account.disable"
        : before.PasswordHash != after.PasswordHash ? "account.password"
        : before.Name != after.Name ? "account.rename"
        : before.Subject != after.Subject ? "account.link"
        : before.Stamp != after.Stamp ? "account.signOutEverywhere"
        : before.LockedUntilUtc != after.LockedUntilUtc && after.LockedUntilUtc is not null ? "account.lock"
        : after.Failures > before.Failures ? "account.wrongPassword" : "account.change";

    private static AccountRow RowOf(TableSet tables, AccountDocument account) =>
        new(account.Id, tables.NameOf(account.Id), account.Role, account.PasswordHash, account.Stamp, account.CreatedUtc, account.Failures, account.LockedUntilUtc, account.DisabledUtc, account.Subject);

    private static AccountDocument DocumentOf(AccountRow row) =>
        new(row.Id, row.Role, row.PasswordHash, row.Stamp, row.CreatedUtc, row.Failures, row.LockedUntilUtc, row.DisabledUtc, row.Subject);
}

/// <summary>How a person signs in. Times are UTC, to the millisecond.</summary>
/// <param name="Id">The person's id.</param>
/// <param name="Name">The person's name, by which they sign in.</param>
/// <param name="Role">What they may do.</param>
/// <param name="PasswordHash">As ASP.NET Core's hasher writes it; null: no password.</param>
/// <param name="Stamp">Changes with everything that ends all sessions.</param>
/// <param name="CreatedUtc">When it was made.</param>
/// <param name="Failures">Wrong passwords since the last right one.</param>
/// <param name="LockedUntilUtc">No password is looked at before.</param>
/// <param name="DisabledUtc">When an admin closed it; null: it is open.</param>
/// <param name="Subject">Who they are at an OpenID Connect provider; null: not linked.</param>
public sealed record AccountRow(
    string Id, string Name, AccountRole Role, string? PasswordHash, string Stamp, DateTimeOffset CreatedUtc, int Failures = 0, DateTimeOffset? LockedUntilUtc = null, DateTimeOffset? DisabledUtc = null,
    string? Subject = null)
{
    /// <summary>What they may do now.</summary>
    public Rights May => DisabledUtc is null ? RightsRules.Of(Role) : Rights.None;
}
