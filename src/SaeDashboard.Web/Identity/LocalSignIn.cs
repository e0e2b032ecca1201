using Microsoft.AspNetCore.Authentication;
using SaeDashboard.Storage;

namespace SaeDashboard.Web.Identity;

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
