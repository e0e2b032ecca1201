using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using SaeDashboard.Storage;

namespace SaeDashboard.Web.Identity;

/// <summary>
/// Without accounts: signs the one person in without asking where the site listens on loopback only (<see cref="Hosting.OriginGuard"/> has seen
/// the request), and by the access token where there is one. With accounts it does nothing.
/// </summary>
internal sealed class WhoIsThere(RequestDelegate next, AccessMode mode)
{
    /// <summary>The parameter that brings the access token, once.</summary>
    public const string TokenParameter = "token";

    public async Task InvokeAsync(HttpContext context, LocalUser person)
    {
        switch (mode.Kind)
        {
            // A key that is refused is not made good by where it comes from.
            case AccessKind.Single when context.Request.Headers.Authorization.Count == 0:
                await SingleAsync(context, person);
                break;
            case AccessKind.Token when HttpMethods.IsGet(context.Request.Method) && context.Request.Query[TokenParameter] is [{ } word] && mode.IsToken(word):
                await context.SignInAsync(LocalPerson.Scheme, Bearer(person.Current, mode), new AuthenticationProperties { IsPersistent = true });
                // The token does not stay in the address.
                var rest = QueryString.Create(context.Request.Query.Where(pair => pair.Key != TokenParameter));
                context.Response.Redirect(context.Request.PathBase.Add(context.Request.Path).ToUriComponent() + rest.ToUriComponent());
                return;
        }
        await next(context);
    }

    /// <summary>The principal of who showed the token.</summary>
    public static ClaimsPrincipal Bearer(Actor person, AccessMode mode) => LocalPerson.Principal(person, LocalPerson.Scheme, new Claim(LocalPerson.TokenClaim, mode.TokenMark));

    private static async Task SingleAsync(HttpContext context, LocalUser person)
    {
        // A browser is the one person of this machine until a person says at it that they are another (PUT /api/v1/me).
        var known = context.User.Identity?.IsAuthenticated == true ? context.User.ToActor() : null;
        var now = known is null ? person.Current : person.Named(known) with { May = Rights.All, Session = null };
        if (now == known) return;
        context.User = LocalPerson.Principal(now);
        // Only a page that is opened gets the cookie; a file or a probe is answered and forgotten.
        if (HttpMethods.IsGet(context.Request.Method) && context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal))
            await context.SignInAsync(LocalPerson.Scheme, context.User, new AuthenticationProperties { IsPersistent = true });
    }
}

/// <summary>What a cookie is worth at each request, and what is answered to those who have none.</summary>
internal sealed class CookieRules(AccessMode mode, AccountDirectory directory, LocalUser person) : CookieAuthenticationEvents
{
    public override Task ValidatePrincipal(CookieValidatePrincipalContext context)
    {
        var before = context.Principal!;
        switch (mode.Kind)
        {
            case AccessKind.Accounts when directory.Renewed(before) is { } now:
                context.ReplacePrincipal(now);
                break;
            case AccessKind.Token when before.FindFirstValue(LocalPerson.TokenClaim) == mode.TokenMark && before.FindFirstValue(LocalPerson.SessionClaim) is null:
                context.ReplacePrincipal(WhoIsThere.Bearer(person.Named(before.ToActor()) with { May = Rights.All }, mode));
                break;
            // A cookie from before accounts, or after them, opens nothing here.
            case AccessKind.Single when before.FindFirstValue(LocalPerson.SessionClaim) is null:
                break;
            default:
                context.RejectPrincipal();
                break;
        }
        return Task.CompletedTask;
    }

    public override Task RedirectToLogin(RedirectContext<CookieAuthenticationOptions> context) => Answer(context.HttpContext, StatusCodes.Status401Unauthorized, "");

    public override Task RedirectToAccessDenied(RedirectContext<CookieAuthenticationOptions> context) => Answer(context.HttpContext, StatusCodes.Status403Forbidden, "&refused=1");

    /// <summary>A page leads to the sign-in; everything else gets the status, and below /api a problem with it.</summary>
    private Task Answer(HttpContext context, int status, string more)
    {
        var request = context.Request;
        var isPage = mode.Kind != AccessKind.Single && (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
            && context.GetEndpoint()?.Metadata.GetMetadata<Microsoft.AspNetCore.Components.Endpoints.ComponentTypeMetadata>() is not null;
        if (isPage) context.Response.Redirect($"{request.PathBase}/sign-in?to={Uri.EscapeDataString(request.Path + request.QueryString)}{more}");
        else context.Response.StatusCode = status;
        return Task.CompletedTask;
    }
}
