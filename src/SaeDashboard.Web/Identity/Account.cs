using Microsoft.AspNetCore.Identity;
using SaeDashboard.Core;
using SaeDashboard.Storage;

namespace SaeDashboard.Web.Identity;

/// <summary>An account while ASP.NET Core's managers work on it. What is kept is an <see cref="AccountRow"/>.</summary>
public sealed class Account
{
    /// <summary>A new account.</summary>
    /// <param name="id">The person's id; a new person's when no person has it.</param>
    /// <param name="name">The name by which they sign in, which is the person's.</param>
    /// <param name="role">What they may do.</param>
    public Account(string id, string name, AccountRole role)
    {
        (Id, Name, Role) = (id, name, role);
    }

    internal Account(AccountRow row)
        : this(row.Id, row.Name, row.Role)
    {
        Take(row);
    }

    /// <summary>The person's id.</summary>
    public string Id { get; }

    /// <summary>The person's name.</summary>
    public string Name { get; set; }

    /// <summary>What they may do.</summary>
    public AccountRole Role { get; set; }

    /// <summary>As the hasher writes it.</summary>
    public string? PasswordHash { get; set; }

    /// <summary>Changes with everything that ends all sessions.</summary>
    public string Stamp { get; set; } = "";

    /// <summary>Wrong passwords since the last right one.</summary>
    public int Failures { get; set; }

    /// <summary>No password is looked at before.</summary>
    public DateTimeOffset? LockedUntilUtc { get; set; }

    /// <summary>When an admin closed it.</summary>
    public DateTimeOffset? DisabledUtc { get; set; }

    /// <summary>Who they are at an OpenID Connect provider.</summary>
    public string? Subject { get; set; }

    /// <summary>The invite that the next write uses up.</summary>
    internal string? Invite { get; set; }

    /// <summary>Who makes the next write.</summary>
    internal Actor By { get; set; } = UserRepository.Site;

    /// <summary>As it was last read; null: it is not kept yet.</summary>
    internal AccountRow? Row { get; private set; }

    internal void Take(AccountRow row)
    {
        Row = row;
        (Name, Role, PasswordHash, Stamp, Failures, LockedUntilUtc, DisabledUtc, Subject) = (row.Name, row.Role, row.PasswordHash, row.Stamp, row.Failures, row.LockedUntilUtc, row.DisabledUtc, row.Subject);
    }

    internal AccountRow ToRow() => new(Id, Name, Role, PasswordHash, Stamp, Row?.CreatedUtc ?? default, Failures, LockedUntilUtc, DisabledUtc, Subject);
}

/// <summary>
/// Where <see cref="UserManager{TUser}"/> keeps accounts: in the site's own store, behind its journal (decision 0056). An account is written as
/// it was read; one that was changed meanwhile is a failure of concurrency.
/// </summary>
internal sealed class AccountStore(AccountRepository accounts) : IUserPasswordStore<Account>, IUserRoleStore<Account>, IUserLockoutStore<Account>, IUserSecurityStampStore<Account>
{
    public Task<IdentityResult> CreateAsync(Account user, CancellationToken cancellationToken) => Task.FromResult(Try(user, () => accounts.Add(user.ToRow(), user.Invite, user.By)));

    public Task<IdentityResult> UpdateAsync(Account user, CancellationToken cancellationToken) => Task.FromResult(Try(user, () => accounts.Change(user.Row!, user.ToRow(), user.Invite, user.By)));

    // Accounts are closed, not deleted: what a person wrote stays theirs.
    public Task<IdentityResult> DeleteAsync(Account user, CancellationToken cancellationToken) =>
        Task.FromResult(IdentityResult.Failed(new IdentityError { Code = "NotDeleted", Description = "Accounts are closed, not deleted." }));

    public Task<Account?> FindByIdAsync(string userId, CancellationToken cancellationToken) => Task.FromResult(Of(accounts.Find(userId)));

    public Task<Account?> FindByNameAsync(string normalizedUserName, CancellationToken cancellationToken) => Task.FromResult(Of(accounts.ByName(normalizedUserName)));

    public Task<string> GetUserIdAsync(Account user, CancellationToken cancellationToken) => Task.FromResult(user.Id);

    public Task<string?> GetUserNameAsync(Account user, CancellationToken cancellationToken) => Task.FromResult<string?>(user.Name);

    public Task<string?> GetNormalizedUserNameAsync(Account user, CancellationToken cancellationToken) => Task.FromResult<string?>(AccountRepository.Key(user.Name));

    // It follows from the name.
    public Task SetNormalizedUserNameAsync(Account user, string? normalizedName, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task SetUserNameAsync(Account user, string? userName, CancellationToken cancellationToken) => Set(() => user.Name = userName ?? "");

    public Task<string?> GetPasswordHashAsync(Account user, CancellationToken cancellationToken) => Task.FromResult(user.PasswordHash);

    public Task<bool> HasPasswordAsync(Account user, CancellationToken cancellationToken) => Task.FromResult(user.PasswordHash is not null);

    public Task SetPasswordHashAsync(Account user, string? passwordHash, CancellationToken cancellationToken) => Set(() => user.PasswordHash = passwordHash);

    public Task<string?> GetSecurityStampAsync(Account user, CancellationToken cancellationToken) => Task.FromResult<string?>(user.Stamp);

    public Task SetSecurityStampAsync(Account user, string stamp, CancellationToken cancellationToken) => Set(() => user.Stamp = stamp);

    public Task<int> GetAccessFailedCountAsync(Account user, CancellationToken cancellationToken) => Task.FromResult(user.Failures);

    public Task<int> IncrementAccessFailedCountAsync(Account user, CancellationToken cancellationToken) => Task.FromResult(++user.Failures);

    public Task ResetAccessFailedCountAsync(Account user, CancellationToken cancellationToken) => Set(() => user.Failures = 0);

    public Task<bool> GetLockoutEnabledAsync(Account user, CancellationToken cancellationToken) => Task.FromResult(true);

    // Every account can be locked.
    public Task SetLockoutEnabledAsync(Account user, bool enabled, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<DateTimeOffset?> GetLockoutEndDateAsync(Account user, CancellationToken cancellationToken) => Task.FromResult(user.LockedUntilUtc);

    public Task SetLockoutEndDateAsync(Account user, DateTimeOffset? lockoutEnd, CancellationToken cancellationToken) => Set(() => user.LockedUntilUtc = lockoutEnd);

    public Task AddToRoleAsync(Account user, string roleName, CancellationToken cancellationToken) => Set(() => user.Role = RoleOf(roleName));

    // A person has one role: without it they read.
    public Task RemoveFromRoleAsync(Account user, string roleName, CancellationToken cancellationToken) => Set(() => user.Role = user.Role == RoleOf(roleName) ? AccountRole.Viewer : user.Role);

    public Task<IList<string>> GetRolesAsync(Account user, CancellationToken cancellationToken) => Task.FromResult<IList<string>>([user.Role.Name()]);

    public Task<bool> IsInRoleAsync(Account user, string roleName, CancellationToken cancellationToken) => Task.FromResult(user.Role == RoleOf(roleName));

    public Task<IList<Account>> GetUsersInRoleAsync(string roleName, CancellationToken cancellationToken) =>
        Task.FromResult<IList<Account>>([.. accounts.List().Where(row => row.Role == RoleOf(roleName)).Select(row => new Account(row))]);

    public void Dispose()
    {
        // The store is the site's.
    }

    private static AccountRole RoleOf(string name) => EnumJson.Parse<AccountRole>(name) ?? throw new InvalidOperationException($"{name} is not a role.");

    private static Account? Of(AccountRow? row) => row is null ? null : new Account(row);

    private static Task Set(Action set)
    {
        set();
        return Task.CompletedTask;
    }

    private static IdentityResult Try(Account user, Func<AccountRow?> write)
    {
        try
        {
            if (write() is not { } row) return IdentityResult.Failed(new IdentityErrorDescriber().ConcurrencyFailure());
            user.Take(row);
            user.Invite = null;
            return IdentityResult.Success;
        }
        catch (UserException error)
        {
            return IdentityResult.Failed(new IdentityError { Code = "Refused", Description = error.Message });
        }
    }
}
