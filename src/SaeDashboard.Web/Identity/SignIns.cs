using System.Security.Claims;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using SaeDashboard.Core;
using SaeDashboard.Storage;

namespace SaeDashboard.Web.Identity;

/// <summary>How often signing in may be tried: the section <c>Accounts</c> of appsettings.json.</summary>
public sealed class AccountOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Accounts";

    /// <summary>Attempts to sign in, to set up or to take an invite, from one address in a minute.</summary>
    public int AttemptsPerMinute { get; set; } = 20;

    /// <summary>Attempts to sign in by one name in five minutes, from all addresses together.</summary>
    public int AttemptsPerName { get; set; } = 10;

    /// <summary>Seconds between looks whether who has a page open is still signed in.</summary>
    public double RevalidateSeconds { get; set; } = 20;

    /// <summary>What is wrong with it; null: nothing.</summary>
    internal string? Problem =>
        AttemptsPerMinute < 1 ? $"Accounts:AttemptsPerMinute is {AttemptsPerMinute}; it is at least 1."
        : AttemptsPerName < 1 ? $"Accounts:AttemptsPerName is {AttemptsPerName}; it is at least 1."
        : RevalidateSeconds is not (>= 0.1 and <= 60) ? FormattableString.Invariant($"Accounts:RevalidateSeconds is {RevalidateSeconds}; it is 0.1 to 60 s.") : null;
}

/// <summary>How many times each name was tried. One for the site.</summary>
internal sealed class NameLimiter(IOptions<AccountOptions> options) : IDisposable
{
    private readonly PartitionedRateLimiter<string> limiter = PartitionedRateLimiter.Create<string, string>(name => RateLimitPartition.GetFixedWindowLimiter(
        name, _ => new FixedWindowRateLimiterOptions { PermitLimit = options.Value.AttemptsPerName, Window = TimeSpan.FromMinutes(5), QueueLimit = 0 }));

    /// <summary>Whether one more attempt is allowed.</summary>
    public bool TryOne(string name)
    {
        using var lease = limiter.AttemptAcquire(AccountRepository.Key(name));
        return lease.IsAcquired;
    }

    public void Dispose() => limiter.Dispose();
}

/// <summary>Signing in and out, new accounts and passwords, by ASP.NET Core's managers. Scoped.</summary>
internal sealed class SignIns(UserManager<Account> manager, AccountRepository accounts, SessionRepository sessions, InviteRepository invites, UserRepository users, NameLimiter names, TimeProvider clock)
{
    // One text for all that fails, so that no one learns which names there are.
    private const string Wrong = "The name or the password is wrong.", TooOften = "This name was tried too often. Wait five minutes, then try again.";

    /// <summary>The longest password; a longer one would only cost time.</summary>
    public const int LongestPassword = 200;

    private const int LongestClient = 200;

    /// <summary>The account of a name and a password.</summary>
    /// <returns>It, or why not.</returns>
    public async Task<(AccountRow? Account, string? Problem)> PasswordAsync(string? name, string? password)
    {
        name = (name ?? "").Trim();
        if (name.Length is 0 or > PersonText.MaxName || password is null or { Length: 0 or > LongestPassword }) return (null, Wrong);
        if (!names.TryOne(name)) return (null, TooOften);
        if (await manager.FindByNameAsync(name) is not { } account)
        {
            // An unknown name takes as long as a wrong password.
            manager.PasswordHasher.HashPassword(new Account("", name, AccountRole.Viewer), password);
            return (null, Wrong);
        }
        if (await manager.IsLockedOutAsync(account)) return (null, TooOften);
        if (account.PasswordHash is null || !await manager.CheckPasswordAsync(account, password))
        {
            await manager.AccessFailedAsync(account);
            return (null, Wrong);
        }
        if (account.Failures > 0) await manager.ResetAccessFailedCountAsync(account);
        return account.DisabledUtc is null ? (accounts.Find(account.Id), null) : (null, "This account is closed. Ask an admin.");
    }

    /// <summary>Gives a browser a session and its cookie.</summary>
    public async Task BeginAsync(HttpContext context, AccountRow account)
    {
        var client = context.Request.Headers.UserAgent.ToString();
        var session = sessions.Begin(account, client.Length == 0 ? null : client[..Math.Min(client.Length, LongestClient)], context.Connection.RemoteIpAddress?.ToString(), AccountDirectory.ActorOf(account, null));
        await context.SignInAsync(LocalPerson.Scheme, LocalPerson.Principal(AccountDirectory.ActorOf(account, session)), new AuthenticationProperties { IsPersistent = true });
    }

    /// <summary>Takes a browser's session and cookie.</summary>
    public async Task EndAsync(HttpContext context)
    {
        if (context.User.FindFirstValue(LocalPerson.SessionClaim) is { } session) sessions.End(session, context.User.ToActor());
        await context.SignOutAsync(LocalPerson.Scheme);
    }

    /// <summary>Makes the first admin.</summary>
    /// <param name="name">Their name.</param>
    /// <param name="password">Their password.</param>
    /// <param name="personId">Who of the people here they are; null or empty: a new person.</param>
    public Task<(AccountRow? Account, string? Problem)> SetUpAsync(string? name, string? password, string? personId) => MakeAsync(name, password, personId, AccountRole.Admin, null);

    /// <summary>Takes an invite: a new account, or a new password for the one it is for.</summary>
    public async Task<(AccountRow? Account, string? Problem)> AcceptAsync(string? word, string? name, string? password)
    {
        if (InviteOf(word) is not { } invite) return (null, "This link was used already, has expired or was taken back. Ask an admin for another.");
        if (invite.PersonId is null || await manager.FindByIdAsync(invite.PersonId) is not { } account) return await MakeAsync(name, password, invite.PersonId, invite.Role, invite.Id);
        if (account.DisabledUtc is not null) return (null, "This account is closed. Ask an admin.");
        if (Length(password) is { } problem) return (null, problem);
        foreach (var validator in manager.PasswordValidators)
            if (await validator.ValidateAsync(manager, account, password) is { Succeeded: false } refused) return (null, Say(refused));
        (account.PasswordHash, account.Invite, account.Failures, account.LockedUntilUtc) = (manager.PasswordHasher.HashPassword(account, password!), invite.Id, 0, null);
        // A new stamp ends the sessions of those who had the old password.
        return Result(account, await manager.UpdateSecurityStampAsync(account));
    }

    /// <summary>The invite of a word, if it can be taken.</summary>
    public InviteRow? InviteOf(string? word) => word is { Length: > 0 and < 200 } ? invites.Open(Secrets.Hash(word), clock.GetUtcNow()) : null;

    /// <summary>Changes a person's own password; every session ends.</summary>
    public async Task<(AccountRow? Account, string? Problem)> ChangePasswordAsync(Actor actor, string? current, string? next)
    {
        if (await manager.FindByIdAsync(actor.UserId) is not { } account) return (null, "You are signed out. Sign in again.");
        if (Length(next) is { } problem) return (null, problem);
        if (!names.TryOne(account.Name) || await manager.IsLockedOutAsync(account)) return (null, TooOften);
        account.By = actor;
        if (!await manager.CheckPasswordAsync(account, current ?? ""))
        {
            await manager.AccessFailedAsync(account);
            return (null, "The password now is wrong.");
        }
        return Result(account, await manager.ChangePasswordAsync(account, current!, next!));
    }

    /// <summary>Ends every session of a person.</summary>
    public Task<string?> SignOutEverywhereAsync(string id, Actor by) => ChangeAsync(id, by, manager.UpdateSecurityStampAsync);

    /// <summary>Gives a person another role.</summary>
    public Task<string?> SetRoleAsync(string id, AccountRole role, Actor by) => ChangeAsync(id, by, account => account.Role == role ? Task.FromResult(IdentityResult.Success) : manager.AddToRoleAsync(account, role.Name()));

    /// <summary>Closes an account, or opens it again. Closing ends every session.</summary>
    public Task<string?> SetDisabledAsync(string id, bool disabled, Actor by) => ChangeAsync(id, by, account =>
    {
        account.DisabledUtc = disabled ? clock.GetUtcNow() : null;
        return manager.UpdateSecurityStampAsync(account);
    });

    /// <summary>The people who can be given an account: they wrote something here before there were accounts.</summary>
    public IReadOnlyList<UserRow> Unclaimed() => [.. users.List().Where(user => PeopleRules.IsHere(user.Id) && accounts.Find(user.Id) is null)];

    private async Task<string?> ChangeAsync(string id, Actor by, Func<Account, Task<IdentityResult>> change)
    {
        if (await manager.FindByIdAsync(id) is not { } account) return "There is no such account. Open the list again.";
        account.By = by;
        var done = await change(account);
        return done.Succeeded ? null : Say(done);
    }

    private async Task<(AccountRow? Account, string? Problem)> MakeAsync(string? name, string? password, string? personId, AccountRole role, string? invite)
    {
        if (Length(password) is { } problem) return (null, problem);
        try
        {
            name = PersonText.Name(name, "The name");
        }
        catch (UserException error)
        {
            return (null, error.Message);
        }
        if (personId is { Length: > 0 } && Unclaimed().All(person => person.Id != personId)) return (null, "There is no such person here without an account. Open the page again.");
        var account = new Account(personId is { Length: > 0 } ? personId : Ids.New("person", clock), name, role) { Invite = invite };
        return Result(account, await manager.CreateAsync(account, password!));
    }

    private (AccountRow? Account, string? Problem) Result(Account account, IdentityResult done) => done.Succeeded ? (accounts.Find(account.Id), null) : (null, Say(done));

    private static string? Length(string? password) => password is { Length: > LongestPassword } ? $"A password has at most {LongestPassword} characters." : string.IsNullOrEmpty(password) ? "Type a password." : null;

    private static string Say(IdentityResult done) => string.Join(" ", done.Errors.Select(error => error.Description));
}
