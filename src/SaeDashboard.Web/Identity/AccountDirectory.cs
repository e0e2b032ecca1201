using System.Security.Claims;
using SaeDashboard.Core;
using SaeDashboard.Storage;

namespace SaeDashboard.Web.Identity;

/// <summary>What principals are worth now.</summary>
public interface IPeopleNow
{
    /// <summary>The actor of a browser's principal, as things are now; null: it is signed out. For sites with accounts and without. In memory.</summary>
    Actor? Now(ClaimsPrincipal principal);
}

/// <summary>What principals are worth now: the store knows who was disabled, renamed, given another role or signed out. In memory: every request asks.</summary>
internal sealed partial class AccountDirectory(AccessMode mode, AccountRepository accounts, SessionRepository sessions, ApiKeyRepository keys, UserRepository users, TimeProvider clock, ILogger<AccountDirectory> log) : IPeopleNow
{
    public Actor? Now(ClaimsPrincipal principal)
    {
        ArgumentNullException.ThrowIfNull(principal);
        if (principal.FindFirstValue(ClaimTypes.NameIdentifier) is not { } id) return null;
        if (mode.Kind != AccessKind.Accounts)
        {
            var actor = principal.ToActor();
            return users.Find(id) is { } user ? actor with { Name = user.Name } : actor;
        }
        if (accounts.Find(id) is not { DisabledUtc: null } account) return null;
        // A program's connection to a hub stays open, as a page does.
        if (principal.FindFirstValue(LocalPerson.KeyClaim) is { } key) return keys.Find(key)?.IsOpen(clock.GetUtcNow()) == true ? principal.ToActor() : null;
        return principal.FindFirstValue(LocalPerson.SessionClaim) is { } session && sessions.IsOpen(session, account, clock.GetUtcNow()) ? ActorOf(account, session) : null;
    }

    /// <summary>A cookie's principal as things are now; null: it is signed out.</summary>
    public ClaimsPrincipal? Renewed(ClaimsPrincipal principal)
    {
        if (Now(principal) is not { Session: { } session } actor) return null;
        try
        {
            sessions.See(session, clock.GetUtcNow(), actor);
        }
        catch (UserException error)
        {
            // A full disk signs no one out.
            SeenNotKept(error);
        }
        return LocalPerson.Principal(actor);
    }

    /// <summary>The actor of an account at a browser.</summary>
    public static Actor ActorOf(AccountRow account, string? session) => new(account.Id, account.Name) { May = account.May, Session = session };

    [LoggerMessage(Level = LogLevel.Warning, Message = "When a session was seen last could not be kept")]
    private partial void SeenNotKept(Exception error);
}
