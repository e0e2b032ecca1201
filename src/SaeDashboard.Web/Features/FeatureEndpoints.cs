using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Audio;
using SaeDashboard.Storage;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Identity;

namespace SaeDashboard.Web.Features;

/// <summary>A feature's clips over HTTP: one small answer draws one of them.</summary>
internal static class FeatureEndpoints
{
    // A label of 200 and a note of 10,000 characters, each of which may take 12 bytes in JSON.
    private const int MaxLabelBytes = 128 << 10;

    public static void MapFeatures(this IEndpointRouteBuilder app)
    {
        var feature = app.MapGroup("/api/v1/saes/{sae}/features/{index:int}");
        feature.MapGet("clips/{rank:int}", Clip);
        feature.MapGet("label", Label);
        feature.MapPut("label", SaveLabelAsync);
    }

    /// <summary>URL of a clip's sound.</summary>
    public static string SoundAddress(string datasetId, int row) => FormattableString.Invariant($"api/v1/datasets/{datasetId}/clips/{row}.wav");

    /// <summary>URL of a clip's waveform peaks and activations.</summary>
    public static string ClipAddress(string saeId, int feature, int rank) => FormattableString.Invariant($"api/v1/saes/{saeId}/features/{feature}/clips/{rank}");

    /// <summary>The current label.</summary>
    private static IResult Label(string sae, int index, FeatureCatalog features, FeatureLabels labels, HttpContext context) =>
        With(features, sae, index, set => Results.Json(LabelAnswer.Of(labels.History(new FeatureKey(set.SaeHash, index), context.User.ToActor()) is [var newest, ..] ? newest : null)));

    /// <summary>Sets the label. Answers 409 with the label there is when that is not the one the author saw.</summary>
    private static async Task<IResult> SaveLabelAsync(string sae, int index, FeatureCatalog features, FeatureLabels labels, HttpContext context)
    {
        if (await BoundedBody.ReadAsync(context.Request, MaxLabelBytes, context.RequestAborted) is not { } bytes)
            return Results.Problem($"A label and its note have at most {MaxLabelBytes >> 10} KiB.", statusCode: StatusCodes.Status413PayloadTooLarge);
        LabelRequest? request;
        try
        {
            request = JsonSerializer.Deserialize<LabelRequest>(bytes.Span, JsonSerializerOptions.Web);
        }
        catch (JsonException error)
        {
            return Refused($"The label is not valid JSON: {error.Message}");
        }
        if (request?.Text is not { } text) return Refused("The field \"text\" is missing. Expected {\"text\": \"…\", \"note\": \"…\", \"basedOn\": 12}.");
        return With(features, sae, index, set =>
        {
            try
            {
                var basis = new LabelBasis(request.BasedOn, KeepsNote: request.Note is null);
                return Results.Json(LabelAnswer.Of(labels.Name(new FeatureKey(set.SaeHash, index), text, request.Note, context.User.ToActor(), basis)));
            }
            catch (LabelConflictException conflict)
            {
                return Results.Problem(ConflictText(conflict.Current), statusCode: StatusCodes.Status409Conflict,
                    extensions: new Dictionary<string, object?> { ["current"] = LabelAnswer.Of(conflict.Current) });
            }
            catch (UserException error)
            {
                return Refused(error.Message);
            }
        });
    }

    private static string ConflictText(LabelRevision current) => current.Text.Length == 0
        ? $"{current.Author} removed this label while you were typing."
        : $"{current.Author} changed this label to “{current.Text}” while you were typing.";

    private static IResult With(FeatureCatalog features, string sae, int index, Func<FeatureSet, IResult> answer)
    {
        try
        {
            return features.Open(sae) is { } set && (uint)index < (uint)set.Index.Count ? answer(set) : Missing($"The SAE '{sae}' has no feature {index}.");
        }
        catch (UserException error)
        {
            return Results.Problem(error.Message, statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    private static IResult Refused(string why) => Results.Problem(why, statusCode: StatusCodes.Status400BadRequest);

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

/// <summary>A label as the browser sends it.</summary>
/// <param name="Text">The label; empty removes it.</param>
/// <param name="Note">The note; null: it stays as it is.</param>
/// <param name="BasedOn">The revision its author saw; 0: there was none; null: the label is set whatever is there.</param>
internal sealed record LabelRequest(string? Text, string? Note, long? BasedOn);

/// <summary>A label as the browser gets it.</summary>
/// <param name="Text">The label; empty: there is none.</param>
/// <param name="Note">The note.</param>
/// <param name="Revision">Its revision; 0: there is no label.</param>
/// <param name="Author">Who wrote it.</param>
internal sealed record LabelAnswer(string Text, string? Note, long Revision, string? Author)
{
    public static LabelAnswer Of(LabelRevision? newest) =>
        newest is { Text.Length: > 0 } label ? new LabelAnswer(label.Text, label.Note, label.Id, label.Author) : new LabelAnswer("", null, 0, newest?.Author);
}
