using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using SaeDashboard.Core;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;

namespace SaeDashboard.Web.Identity;

/// <summary>Principals and actors, both ways.</summary>
public static class LocalPerson
{
    /// <summary>The authentication scheme: a cookie that loopback requests are given without asking.</summary>
    public const string Scheme = "local";

    /// <summary>The principal of a person.</summary>
    public static ClaimsPrincipal Principal(Actor actor) => new(new ClaimsIdentity(
        [new Claim(ClaimTypes.NameIdentifier, actor.UserId), new Claim(ClaimTypes.Name, actor.Name)], Scheme));

    /// <summary>Who a signed-in principal is.</summary>
    /// <exception cref="InvalidOperationException">No user is signed in: a policy is missing.</exception>
    public static Actor ToActor(this ClaimsPrincipal principal) =>
        principal.FindFirstValue(ClaimTypes.NameIdentifier) is { } id
            ? new Actor(id, principal.Identity?.Name ?? id)
            : throw new InvalidOperationException("No user is signed in.");
}

/// <summary>The one person of a machine without accounts, by the name they have given.</summary>
public sealed class LocalUser(UserRepository users, IStoreAccess store)
{
    private readonly Actor person = users.Local();

    /// <summary>The name changed.</summary>
    public event Action? Renamed;

    /// <summary>Who they are now. In memory: a request may ask.</summary>
    public Actor Current => users.Find(person.UserId) is { } user ? person with { Name = user.Name } : person;

    /// <summary>A person by the name they have now: a cookie may still carry an earlier one.</summary>
    public Actor Named(Actor known) => users.Find(known.UserId) is { } user ? known with { Name = user.Name } : known;

    /// <summary>Whether a person has not said their name yet.</summary>
    public static bool HasNoName(Actor person) => person.Name == UserRepository.Unnamed;

    /// <summary>Every other person of this site, by name.</summary>
    public IReadOnlyList<UserRow> Others(Actor now) => [.. users.List().Where(user => PeopleRules.IsHere(user.Id) && user.Id != now.UserId && user.Name != UserRepository.Unnamed)];

    /// <summary>Gives a person a name: also everything they wrote before is theirs by it.</summary>
    /// <exception cref="UserException">The name is refused, or it was not saved.</exception>
    public void Rename(Actor who, string name)
    {
        name = PersonText.Name(name, "The name");
        store.Write<object?>(() =>
        {
            users.Rename(who.UserId, name, Named(who));
            return null;
        });
        Renamed?.Invoke();
    }
}

/// <summary>Signs the one person on this machine in without asking: listening is on loopback only, and <see cref="Hosting.OriginGuard"/> has seen the request.</summary>
internal sealed class LocalSignIn(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext context, LocalUser person)
    {
        // A browser is the one person of this machine until a person says at it that they are another (PUT /api/v1/me).
        var known = context.User.Identity?.IsAuthenticated == true ? context.User.ToActor() : null;
        var now = known is null ? person.Current : person.Named(known);
        if (now != known)
        {
            context.User = LocalPerson.Principal(now);
            // Only a page that is opened gets the cookie; a file or a probe is answered and forgotten.
            if (HttpMethods.IsGet(context.Request.Method) && context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal))
                await context.SignInAsync(LocalPerson.Scheme, context.User, new AuthenticationProperties { IsPersistent = true });
        }
        await next(context);
    }
}
