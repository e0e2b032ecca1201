using System.Net.Mime;
using Microsoft.Net.Http.Headers;
using SaeDashboard.Core;
using SaeDashboard.Core.Audio;
using SaeDashboard.Web.Api;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Features;

/// <summary>A feature's clips over HTTP: one small answer draws one of them.</summary>
internal static class FeatureEndpoints
{
    public static void MapFeatures(this IEndpointRouteBuilder app) => app.MapGet("/api/v1/saes/{sae}/features/{index:int}/clips/{rank:int}", Clip)
        .Says("getFeatureClip", "What it takes to draw a feature's clip", "The wave's peaks and the feature's activation by frame; peaks is null until the clip has been decoded once.")
        .Takes().Produces<FeatureClip>().Fails(404, "There is no such SAE, feature or clip.").Fails(503, "The index cannot be read.");

    /// <summary>URL of a clip's sound.</summary>
    public static string SoundAddress(string datasetId, int row) => FormattableString.Invariant($"api/v1/datasets/{datasetId}/clips/{row}.wav");

    /// <summary>URL of a clip's waveform peaks and activations.</summary>
    /// <param name="saeId">The SAE's id in the catalog.</param>
    /// <param name="feature">The feature.</param>
    /// <param name="rank">The rank of a top clip, or the number of an example clip: <see cref="FeatureSet.ClipOf"/>.</param>
    public static string ClipAddress(string saeId, int feature, int rank) => FormattableString.Invariant($"api/v1/saes/{saeId}/features/{feature}/clips/{rank}");

    private static IResult Clip(string sae, int index, int rank, FeatureCatalog features, ClipLibrary library)
    {
        try
        {
            if (features.Open(sae) is not { } set || (uint)index >= (uint)set.Index.Count) return Missing($"The SAE '{sae}' has no feature {index}.");
            if (set.ClipOf(index, rank) is null) return Missing($"Feature {index} has no clip {rank}: it has {set.Index.TopClips(index).Count} top clips, numbered from 0, and examples from {set.Index.Info.TopClips} on.");
            return Results.Json(Make(set, index, rank, library));
        }
        catch (UserException error)
        {
            return Results.Problem(error.Message, statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    /// <summary>What it takes to draw a feature's clip of this rank.</summary>
    internal static FeatureClip Make(FeatureSet set, int index, int rank, ClipLibrary? library)
    {
        var top = set.ClipOf(index, rank) ?? throw new ArgumentOutOfRangeException(nameof(rank), rank, "No such clip.");
        var strip = rank < set.Index.Info.TopClips ? set.Index.Strip(index, rank) : set.Index.ExampleStrip(index, rank - set.Index.Info.TopClips);
        var clip = set.Clip(top.Row);
        // Column 0 is the start symbol: it comes before the sound, where nothing can be drawn.
        var heard = Enumerable.Range(0, strip.Columns.Length).Where(i => strip.Columns[i] > 0).ToArray();
        var sound = set.DatasetId is { } dataset ? SoundAddress(dataset, top.Row) : null;
        var cached = set.DatasetId is { } id ? library?.Cached(id, top.Row) : null;
        return new FeatureClip(
            top.Row, clip?.Caption, clip?.Split, clip is null ? LastSecond(set, strip.Columns) : set.Clips!.MusicFrames(clip, set.Index.Info.FrameRate) / set.Index.Info.FrameRate, set.Index.Info.FrameRate, Round(top.Value), top.Column, Round(set.Seconds(top.Column)),
            [.. heard.Select(i => strip.Columns[i] - 1)], [.. heard.Select(i => Round(Math.Clamp(strip.Values[i] / top.Value, 0, 1)))],
            sound, sound is null ? null : sound[..^".wav".Length] + "/peaks", cached is null ? null : PeaksOf(cached));
    }

    private static Peaks? PeaksOf(ClipSound cached)
    {
        try
        {
            return SoundFile.PeaksOf("The clip", cached.File);
        }
        catch (UserException)
        {
            // The page then requests the peaks separately and gets the error.
            return null;
        }
    }

    private static double LastSecond(FeatureSet set, int[] columns) => columns.Length == 0 ? 0 : columns[^1] / set.Index.Info.FrameRate;

    private static double Round(double value) => Math.Round(value, 4);

    private static IResult Missing(string what) => Results.Problem(what, statusCode: StatusCodes.Status404NotFound);
}

/// <summary>What it takes to draw a clip with a feature's activation inked onto it.</summary>
/// <param name="Row">The clip's row in the dataset.</param>
/// <param name="Caption">What it is; null where the dataset is missing.</param>
/// <param name="Split">sae-train, select or test.</param>
/// <param name="Duration">Seconds.</param>
/// <param name="FrameRate">Codec frames a second.</param>
/// <param name="Value">The feature's largest activation in it.</param>
/// <param name="Column">The column of it.</param>
/// <param name="Seconds">When that is: the beginning of its frame, column − 1.</param>
/// <param name="Frames">Frames on which the feature fires, ascending: frame f sounds at f / FrameRate.</param>
/// <param name="Values">Its activation there over <see cref="Value"/>, 0 … 1.</param>
/// <param name="Sound">Address of the WAV file; null where the dataset is missing.</param>
/// <param name="PeaksAddress">Address of the waveform's peaks.</param>
/// <param name="Peaks">The peaks themselves when they need no decoding; null: ask for them.</param>
internal sealed record FeatureClip(
    int Row, string? Caption, string? Split, double Duration, double FrameRate, double Value, int Column, double Seconds,
    IReadOnlyList<int> Frames, IReadOnlyList<double> Values, string? Sound, string? PeaksAddress, Peaks? Peaks);

/// <summary>A dataset's clips over HTTP: to hear (with ranges) and to draw.</summary>
internal static class ClipEndpoints
{
    private const int MaxBuckets = 4096;

    public static void MapClips(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/v1/datasets/{dataset}/clips/{row:int}.wav", SoundAsync)
            .Says("getClipSound", "A clip as a WAV file, with ranges", "The first request has the music worker decode it; later ones are answered from a cache.")
            .Takes().SendsSound().Fails(404, "There is no such clip.").Fails(503, "The music worker cannot decode it now.");
        app.MapGet("/api/v1/datasets/{dataset}/clips/{row:int}/peaks", PeaksAsync)
            .Says("getClipPeaks", "The peaks of a clip's wave, to draw it").Takes(ApiParameter.Whole("buckets", "How many pairs of peaks.", 1, MaxBuckets, Peaks.DefaultBuckets)).Produces<Peaks>()
            .Fails(404, "There is no such clip.").Fails(503, "The music worker cannot decode it now.");
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
        if (buckets is < 1 or > MaxBuckets) return Results.Problem($"buckets is {buckets}; expected 1 to {MaxBuckets}.", statusCode: StatusCodes.Status400BadRequest);
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
