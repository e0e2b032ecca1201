using System.Net;
using Microsoft.Extensions.Options;

namespace SaeDashboard.Web.Hosting;

/// <summary>
/// Refuses requests that another site's page sent through the person's browser: on loopback a name that points here (DNS rebinding) or a
/// foreign Origin is not the person who sits at this machine. Where other machines reach the site, its names are those of <c>Web:Hosts</c>, if given.
/// </summary>
internal sealed class OriginGuard
{
    private readonly RequestDelegate next;
    private readonly bool isElsewhere;
    private readonly HashSet<string> names;

    public OriginGuard(RequestDelegate next, IOptions<SiteOptions> options)
    {
        this.next = next;
        isElsewhere = !Listening.IsLoopback(options.Value.Listen);
        names = options.Value.Hosts.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).ToHashSet(StringComparer.OrdinalIgnoreCase);
    }

    public Task InvokeAsync(HttpContext context)
    {
        var host = context.Request.Host;
        if (!Answers(host.Host))
            return Refuse(context, $"This site answers to {(names.Count > 0 ? string.Join(", ", names) : "127.0.0.1 and localhost")}, not to '{host.Host}'. Web:Hosts in its settings names others.");
        var origin = context.Request.Headers.Origin.ToString();
        if (origin.Length > 0 && !SameOrigin(origin, context.Request)) return Refuse(context, $"Requests from pages of {origin} are refused.");
        return next(context);
    }

    private bool Answers(string host) => IsLoopback(host) || names.Contains(host) || (isElsewhere && names.Count == 0);

    private static bool SameOrigin(string origin, HttpRequest request) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var from) && from.Scheme == request.Scheme && from.Authority == request.Host.Value;

    private static bool IsLoopback(string host) =>
        host == "localhost" || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    private static Task Refuse(HttpContext context, string why)
    {
        if (context.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal)) return Results.Problem(why, statusCode: StatusCodes.Status403Forbidden).ExecuteAsync(context);
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return context.Response.WriteAsync(why, context.RequestAborted);
    }
}

/// <summary>
/// Lets HEAD reach every endpoint that answers GET: it is routed as GET and then handled as HEAD, so the answer has the same status and headers
/// and the server sends no body.
/// </summary>
internal static class HeadRequests
{
    private static readonly object Asked = new();

    /// <summary>Adds routing with this rule; instead of <c>UseRouting</c>.</summary>
    public static void UseRoutingWithHead(this WebApplication app)
    {
        app.Use((context, next) =>
        {
            if (HttpMethods.IsHead(context.Request.Method))
            {
                context.Items[Asked] = true;
                context.Request.Method = HttpMethods.Get;
            }
            return next(context);
        });
        app.UseRouting();
        app.Use((context, next) =>
        {
            if (context.Items.Remove(Asked)) context.Request.Method = HttpMethods.Head;
            return next(context);
        });
    }
}

/// <summary>Reads a request's body that has a limit.</summary>
internal static class BoundedBody
{
    // A client sends its body before it reads the answer. The server reads this much more than it keeps, so that the answer arrives.
    private const long ReadAndDropped = 128L << 20;

    /// <summary>The body's bytes; null: it has more than <paramref name="most"/>.</summary>
    public static async Task<ReadOnlyMemory<byte>?> ReadAsync(HttpRequest request, int most, CancellationToken cancellation)
    {
        // The server's own limit, of 28 MiB, would break off what may be longer, and with a message of its own what is too long by a little.
        if (request.HttpContext.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = most + ReadAndDropped;
        if (request.ContentLength > most) return null;
        var bytes = new MemoryStream();
        var buffer = new byte[81920];
        int read;
        while ((read = await request.Body.ReadAsync(buffer, cancellation)) > 0)
        {
            if (bytes.Length + read > most) return null;
            await bytes.WriteAsync(buffer.AsMemory(0, read), cancellation);
        }
        return bytes.GetBuffer().AsMemory(0, (int)bytes.Length);
    }
}
