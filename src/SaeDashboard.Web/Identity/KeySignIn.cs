using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using SaeDashboard.Core;
using SaeDashboard.Storage;

namespace SaeDashboard.Web.Identity;

/// <summary>Programs sign in with <c>Authorization: Bearer sae_…</c>, or with the access token where that is how the site knows people.</summary>
internal sealed partial class KeySignIn(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logs, UrlEncoder encoder, AccessMode mode, AccountRepository accounts, ApiKeyRepository keys, LocalUser person, TimeProvider clock)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logs, encoder)
{
    /// <summary>The authentication scheme of programs.</summary>
    public const string SchemeName = "key";

    private const string Bearer = "Bearer ", Prefix = "sae_";

    /// <summary>Whether a request brings a key.</summary>
    public static bool IsTried(HttpRequest request) => request.Headers.Authorization.ToString().StartsWith(Bearer, StringComparison.OrdinalIgnoreCase);

    /// <summary>A new key: its id and its secret are in it.</summary>
    public static (string Key, string Id, string Hash) New()
    {
        var (id, secret) = (Ids.New("key"), Secrets.New());
        return ($"{Prefix}{id}_{secret}", id, Secrets.Hash(secret));
    }

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (!IsTried(Request)) return Task.FromResult(AuthenticateResult.NoResult());
        var word = Request.Headers.Authorization.ToString()[Bearer.Length..].Trim();
        return Task.FromResult(ActorOf(word) is var (actor, key)
            ? AuthenticateResult.Success(new AuthenticationTicket(LocalPerson.Principal(actor, SchemeName, key is null ? [] : [new Claim(LocalPerson.KeyClaim, key)]), SchemeName))
            : AuthenticateResult.Fail("The key is unknown, revoked or has expired."));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = "Bearer";
        return base.HandleChallengeAsync(properties);
    }

    private (Actor Actor, string? Key)? ActorOf(string word)
    {
        if (mode.Kind == AccessKind.Token && mode.IsToken(word)) return (person.Current, null);
        // sae_key-20261130-101502-x7k2_SECRET; an id has no underscore, a secret may.
        if (!word.StartsWith(Prefix, StringComparison.Ordinal) || word.IndexOf('_', Prefix.Length) is not (> 0 and var end)) return null;
        var now = clock.GetUtcNow();
        if (keys.Find(word[Prefix.Length..end]) is not { } key || !Secrets.Matches(word[(end + 1)..], key.Hash) || !key.IsOpen(now) || accounts.Find(key.UserId) is not { DisabledUtc: null } account) return null;
        var actor = AccountDirectory.ActorOf(account, null);
        actor = actor with { May = actor.May & (key.May | Rights.Read) };
        try
        {
            keys.Use(key.Id, now, actor);
        }
        catch (UserException error)
        {
            // A full disk keeps no program from reading.
            UseNotKept(error);
        }
        return (actor, key.Id);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "When a key was used last could not be kept")]
    private partial void UseNotKept(Exception error);
}
