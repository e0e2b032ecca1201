using System.Net;

namespace SaeDashboard.Web.Hosting;

/// <summary>
/// Refuses requests that another site's page sent through the person's browser: on loopback a name that points here (DNS rebinding) or a
/// foreign Origin is not the person who sits at this machine.
/// </summary>
internal sealed class OriginGuard(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        var host = context.Request.Host;
        if (!IsLoopback(host.Host)) return Refuse(context, $"This site answers to 127.0.0.1 and localhost, not to '{host.Host}'.");
        var origin = context.Request.Headers.Origin.ToString();
        if (origin.Length > 0 && !SameOrigin(origin, context.Request)) return Refuse(context, $"Requests from pages of {origin} are refused.");
        return next(context);
    }

    private static bool SameOrigin(string origin, HttpRequest request) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var from) && from.Scheme == request.Scheme && from.Authority == request.Host.Value;

    private static bool IsLoopback(string host) =>
        host == "localhost" || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    private static Task Refuse(HttpContext context, string why)
    {
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return context.Response.WriteAsync(why);
    }
}
