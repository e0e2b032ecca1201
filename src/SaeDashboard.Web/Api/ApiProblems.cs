using System.Globalization;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.AspNetCore.Routing.Template;
using SaeDashboard.Core;
using SaeDashboard.Web.Data;

namespace SaeDashboard.Web.Api;

/// <summary>The errors of the API, as problem details (RFC 9457): <c>detail</c> says what is wrong, where, and what to do.</summary>
internal static class ApiProblems
{
    /// <summary>Seconds after which a request is worth repeating while something is being read.</summary>
    private const int RetrySeconds = 2;

    /// <summary>Parameters of the query that are refused, each by its name.</summary>
    public static IResult BadQuery(IReadOnlyDictionary<string, string[]> wrong) => Results.Problem(
        string.Join(" ", wrong.Values.SelectMany(reasons => reasons)), statusCode: StatusCodes.Status400BadRequest, title: "The query is not valid",
        extensions: new Dictionary<string, object?> { ["errors"] = wrong });

    /// <summary>A body or a value that is refused.</summary>
    public static IResult Refused(string why) => Results.Problem(why, statusCode: StatusCodes.Status400BadRequest);

    /// <summary>A request that no endpoint takes: the method is another one's, the body is of another type, or there is no such address.</summary>
    public static IResult NoEndpoint(HttpRequest request, EndpointDataSource endpoints)
    {
        // HEAD is answered wherever GET is.
        var method = HttpMethods.IsHead(request.Method) ? HttpMethods.Get : request.Method;
        var methods = endpoints.Endpoints.OfType<RouteEndpoint>().Where(endpoint => endpoint.RoutePattern.Parameters.All(parameter => !parameter.IsCatchAll) && Matches(endpoint.RoutePattern, request.Path))
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? []).ToHashSet(StringComparer.Ordinal);
        if (methods.Contains(method) && request.ContentType is { } type)
            return Results.Problem($"The body is sent as {type}, which this address does not take. {ApiSetup.DocumentAddress} says what it takes.", statusCode: StatusCodes.Status415UnsupportedMediaType);
        if (methods.Count > 0 && !methods.Contains(method))
        {
            var allowed = string.Join(", ", methods.Order(StringComparer.Ordinal));
            request.HttpContext.Response.Headers.Allow = allowed;
            return Results.Problem($"{request.Path} takes {allowed}, not {request.Method}.", statusCode: StatusCodes.Status405MethodNotAllowed);
        }
        return NotFound($"{request.Method} {request.Path} is not an address of this API. {ApiSetup.DocumentAddress} lists what there is.");
    }

    private static bool Matches(RoutePattern pattern, PathString path) => new TemplateMatcher(new RouteTemplate(pattern), []).TryMatch(path, []);

    public static IResult NotFound(string what) => Results.Problem(what, statusCode: StatusCodes.Status404NotFound);

    public static IResult Conflict(string why, object? current = null) => Results.Problem(why, statusCode: StatusCodes.Status409Conflict,
        extensions: current is null ? null : new Dictionary<string, object?> { ["current"] = current });

    /// <summary>What is there no more in the form that If-Match names.</summary>
    public static IResult PreconditionFailed(string why, object current) => Results.Problem(why, statusCode: StatusCodes.Status412PreconditionFailed,
        extensions: new Dictionary<string, object?> { ["current"] = current });

    public static IResult TooLarge(string why) => Results.Problem(why, statusCode: StatusCodes.Status413PayloadTooLarge);

    /// <summary>It cannot be answered now: files are being read, or cannot be.</summary>
    public static IResult Unavailable(string why) => new RetryLater(Results.Problem(why, statusCode: StatusCodes.Status503ServiceUnavailable));

    /// <summary>There is no such thing, or the folders have not been read yet.</summary>
    public static IResult MissingOrLoading(ICatalog catalog, string what) =>
        catalog.HasLooked ? NotFound(what) : Unavailable("The data folder is being read since the site started. Ask again in a moment.");

    /// <summary>Runs an answer; what a person can correct becomes a problem with its message.</summary>
    /// <param name="answer">Answers.</param>
    /// <param name="status">The status of a failure: 503 where files are read, 400 where something is written.</param>
    public static IResult Try(Func<IResult> answer, int status = StatusCodes.Status503ServiceUnavailable)
    {
        try
        {
            return answer();
        }
        catch (UserException error)
        {
            return Results.Problem(error.Message, statusCode: status);
        }
    }

    /// <summary>The answer, with the time after which the same request is worth repeating.</summary>
    private sealed class RetryLater(IResult answer) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.Headers.RetryAfter = RetrySeconds.ToString(CultureInfo.InvariantCulture);
            return answer.ExecuteAsync(httpContext);
        }
    }
}
