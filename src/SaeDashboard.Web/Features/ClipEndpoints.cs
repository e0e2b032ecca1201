using System.Net.Mime;
using Microsoft.Net.Http.Headers;
using SaeDashboard.Core;
using SaeDashboard.Core.Audio;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Features;

/// <summary>A dataset's clips over HTTP: to hear (with ranges) and to draw.</summary>
internal static class ClipEndpoints
{
    private const int MostBuckets = 4096;

    public static void MapClips(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/v1/datasets/{dataset}/clips/{row:int}.wav", SoundAsync);
        app.MapGet("/api/v1/datasets/{dataset}/clips/{row:int}/peaks", PeaksAsync);
    }

    private static async Task<IResult> SoundAsync(string dataset, int row, ClipLibrary library, HttpContext context)
    {
        try
        {
            if (await library.SoundAsync(dataset, row, context.RequestAborted) is not { } sound) return NoSuchClip(dataset, row);
            // The address stays while the dataset behind it may change: the browser keeps it and asks whether it is still the same.
            context.Response.Headers.CacheControl = "private, no-cache";
            return SoundFile.Send(sound.File, tag: Tag(sound));
        }
        catch (UserException error)
        {
            return Unavailable(error);
        }
    }

    private static async Task<IResult> PeaksAsync(string dataset, int row, int? buckets, ClipLibrary library, HttpContext context)
    {
        if (buckets is < 1 or > MostBuckets) return Results.Problem($"buckets is {buckets}; expected 1 to {MostBuckets}.", statusCode: StatusCodes.Status400BadRequest);
        try
        {
            if (await library.SoundAsync(dataset, row, context.RequestAborted) is not { } sound) return NoSuchClip(dataset, row);
            using var closing = sound;
            var tag = Tag(sound);
            context.Response.Headers.CacheControl = "private, no-cache";
            context.Response.Headers.ETag = tag.ToString();
            if (context.Request.GetTypedHeaders().IfNoneMatch.Any(asked => asked.Compare(tag, useStrongComparison: false))) return Results.StatusCode(StatusCodes.Status304NotModified);
            return Results.Json(SoundFile.PeaksOf($"Clip {row}", sound.File, buckets ?? Peaks.DefaultBuckets), contentType: MediaTypeNames.Application.Json);
        }
        catch (UserException error)
        {
            return Unavailable(error);
        }
    }

    private static EntityTagHeaderValue Tag(ClipSound sound) => new($"\"{sound.Key}\"");

    private static IResult NoSuchClip(string dataset, int row) => Results.Problem($"The dataset '{dataset}' has no clip {row}.", statusCode: StatusCodes.Status404NotFound);

    private static IResult Unavailable(UserException error) => Results.Problem(error.Message, title: "This clip cannot be played now", statusCode: StatusCodes.Status503ServiceUnavailable);
}
