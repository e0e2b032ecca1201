using SaeDashboard.Core;
using SaeDashboard.Core.Audio;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Features;

/// <summary>A feature's clips over HTTP: one small answer draws one of them.</summary>
internal static class FeatureEndpoints
{
    public static void MapFeatures(this IEndpointRouteBuilder app) => app.MapGet("/api/v1/saes/{sae}/features/{index:int}/clips/{rank:int}", Clip);

    /// <summary>URL of a clip's sound.</summary>
    public static string SoundAddress(string datasetId, int row) => FormattableString.Invariant($"api/v1/datasets/{datasetId}/clips/{row}.wav");

    /// <summary>URL of a clip's waveform peaks and activations.</summary>
    public static string ClipAddress(string saeId, int feature, int rank) => FormattableString.Invariant($"api/v1/saes/{saeId}/features/{feature}/clips/{rank}");

    private static IResult Clip(string sae, int index, int rank, FeatureCatalog features, ClipLibrary library)
    {
        try
        {
            if (features.Open(sae) is not { } set || (uint)index >= (uint)set.Index.Count) return Missing($"The SAE '{sae}' has no feature {index}.");
            var top = set.Index.TopClips(index);
            if ((uint)rank >= (uint)top.Count) return Missing($"Feature {index} has {top.Count} top clips, numbered from 0; {rank} is out of range.");
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
        var top = set.Index.TopClips(index)[rank];
        var strip = set.Index.Strip(index, rank);
        var clip = set.Clip(top.Row);
        // Column 0 is the start symbol: it comes before the sound, where nothing can be drawn.
        var heard = Enumerable.Range(0, strip.Columns.Length).Where(i => strip.Columns[i] > 0).ToArray();
        var sound = set.DatasetId is { } dataset ? SoundAddress(dataset, top.Row) : null;
        var cached = set.DatasetId is { } id ? library?.Cached(id, top.Row) : null;
        return new FeatureClip(
            top.Row, clip?.Caption, clip?.Split, clip?.Seconds ?? LastSecond(set, strip.Columns), set.Index.Info.FrameRate, Round(top.Value), top.Column, Round(set.Seconds(top.Column)),
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
