using System.Globalization;
using System.Security.Claims;
using SaeDashboard.Core;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;

namespace SaeDashboard.Web.Identity;

/// <summary>Principals and actors, both ways.</summary>
public static class LocalPerson
{
    /// <summary>The authentication scheme of browsers: the site's cookie.</summary>
    public const string Scheme = "local";

    /// <summary>The claim of what the person may do: <see cref="Rights"/> as a number.</summary>
    internal const string MayClaim = "may";

    /// <summary>The claim of a browser's session.</summary>
    internal const string SessionClaim = "sid";

    /// <summary>The claim of a program's key: its id.</summary>
    internal const string KeyClaim = "key";

    /// <summary>The claim of the access token that the browser showed.</summary>
    internal const string TokenClaim = "token";

    /// <summary>The principal of a person.</summary>
    /// <param name="actor">Who, and what they may do.</param>
    /// <param name="scheme">How they are known.</param>
    /// <param name="more">More claims.</param>
    public static ClaimsPrincipal Principal(Actor actor, string scheme = Scheme, params Claim[] more)
    {
        ArgumentNullException.ThrowIfNull(actor);
        List<Claim> claims =
        [
            new(ClaimTypes.NameIdentifier, actor.UserId), new(ClaimTypes.Name, actor.Name), new(MayClaim, ((int)actor.May).ToString(CultureInfo.InvariantCulture)), .. more,
        ];
        if (actor.Session is { } session) claims.Add(new Claim(SessionClaim, session));
        return new ClaimsPrincipal(new ClaimsIdentity(claims, scheme));
    }

    /// <summary>What a signed-in principal may do.</summary>
    public static Rights May(this ClaimsPrincipal principal) =>
        int.TryParse(principal.FindFirstValue(MayClaim), NumberStyles.None, CultureInfo.InvariantCulture, out var may) ? (Rights)may : Rights.None;

    /// <summary>Who a signed-in principal is.</summary>
    /// <exception cref="InvalidOperationException">No user is signed in: a policy is missing.</exception>
    public static Actor ToActor(this ClaimsPrincipal principal) =>
        principal.FindFirstValue(ClaimTypes.NameIdentifier) is { } id
            ? new Actor(id, principal.Identity?.Name ?? id) { May = principal.May(), Session = principal.FindFirstValue(SessionClaim) }
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
