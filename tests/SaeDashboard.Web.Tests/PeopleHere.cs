using System.Security.Claims;
using SaeDashboard.Storage;
using SaeDashboard.Web.Identity;

namespace SaeDashboard.Web.Tests;

/// <summary>People as a site without accounts knows them, for tests of single components.</summary>
internal sealed class PeopleHere(UserRepository users) : IPeopleNow
{
    public Actor? Now(ClaimsPrincipal principal)
    {
        var actor = principal.ToActor();
        return users.Find(actor.UserId) is { } user ? actor with { Name = user.Name } : actor;
    }
}
