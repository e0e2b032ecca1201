using Microsoft.AspNetCore.Components.Authorization;
using SaeDashboard.Storage;

namespace SaeDashboard.Web.Identity;

/// <summary>Who the person at a circuit is. Scoped; for components (endpoints use <c>HttpContext.User.ToActor()</c>).</summary>
public sealed class ActorAccessor(AuthenticationStateProvider authentication)
{
    /// <summary>The actor of this circuit.</summary>
    public async Task<Actor> GetAsync() => (await authentication.GetAuthenticationStateAsync()).User.ToActor();
}
