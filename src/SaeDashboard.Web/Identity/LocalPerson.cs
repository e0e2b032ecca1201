using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using SaeDashboard.Storage;

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

/// <summary>Signs the one person on this machine in without asking: listening is on loopback only, and <see cref="Hosting.OriginGuard"/> has seen the request.</summary>
internal sealed class LocalSignIn(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext context, Actor person)
    {
        if (context.User.Identity?.IsAuthenticated != true)
        {
            context.User = LocalPerson.Principal(person);
            // Only a page that is opened gets the cookie; a file or a probe is answered and forgotten.
            if (HttpMethods.IsGet(context.Request.Method) && context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal))
                await context.SignInAsync(LocalPerson.Scheme, context.User, new AuthenticationProperties { IsPersistent = true });
        }
        await next(context);
    }
}
