using System.Net.Mime;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Net.Http.Headers;
using SaeDashboard.Core.Files;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Api;

/// <summary>Reads the JSON body of a request: bounded, and with errors that name the field.</summary>
internal static class ApiBody
{
    private static readonly JsonSerializerOptions Strict = Make();

    private static JsonSerializerOptions Make()
    {
        var options = new JsonSerializerOptions(JsonSerializerOptions.Web)
        {
            NumberHandling = JsonNumberHandling.Strict,
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
            AllowDuplicateProperties = false,
        };
        // Words, never numbers, for what is one of several.
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    /// <summary>The body, or the answer that says what is wrong with it.</summary>
    /// <param name="context">The request.</param>
    /// <param name="most">Its most bytes.</param>
    /// <param name="what">What it is, for messages: "a comment".</param>
    /// <param name="example">A body that is right.</param>
    public static async Task<(T? Body, IResult? Problem)> ReadAsync<T>(HttpContext context, int most, string what, string example) where T : class
    {
        if (context.Request.ContentType is { } type && !(MediaTypeHeaderValue.TryParse(type, out var media) && media.MediaType == MediaTypeNames.Application.Json))
            return (null, Results.Problem($"The body is sent as {type}; send it as {MediaTypeNames.Application.Json}.", statusCode: StatusCodes.Status415UnsupportedMediaType));
        if (await BoundedBody.ReadAsync(context.Request, most, context.RequestAborted) is not { } bytes)
            return (null, ApiProblems.TooLarge($"The body is longer than {most >> 10} KiB, the most for {what}."));
        try
        {
            return JsonSerializer.Deserialize<T>(bytes.Span, Strict) is { } body ? (body, null) : (null, ApiProblems.Refused($"The body is null; it is {what}, such as {example}."));
        }
        catch (JsonException error)
        {
            return (null, ApiProblems.Refused($"The body is not {what}: {JsonFile.Reason(error, typeof(T)).TrimEnd('.')}. It is JSON such as {example}."));
        }
        catch (InvalidOperationException)
        {
            // A string that no text can be made of, such as half a surrogate pair.
            return (null, ApiProblems.Refused($"The body is not {what}: a string in it is not valid Unicode."));
        }
    }

    /// <summary>The number in the header If-Match; null: there is no such header, or it names any.</summary>
    /// <param name="request">The request.</param>
    /// <param name="number">The number.</param>
    /// <returns>False: the header is there and names none of our numbers.</returns>
    public static bool IfMatch(HttpRequest request, out long? number)
    {
        number = null;
        if (request.Headers.IfMatch.ToString() is not { Length: > 0 } header || header == "*") return true;
        if (!EntityTagHeaderValue.TryParse(header, out var tag) || tag.IsWeak || !long.TryParse(tag.Tag.AsSpan().Trim('"'), System.Globalization.CultureInfo.InvariantCulture, out var parsed)) return false;
        number = parsed;
        return true;
    }
}
