using System.Net.Mime;
using Microsoft.Extensions.Options;
using SaeDashboard.Core;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Features;
using SaeDashboard.Web.Api;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Presets;
using SaeDashboard.Web.Studio;
using SaeDashboard.Web.Identity;

namespace SaeDashboard.Web.Sounds;

/// <summary>Search by sound over HTTP: a sound is brought, heard and drawn, and which features fire in it is answered.</summary>
internal static class ListeningEndpoints
{
    private const int MaxBuckets = 4096;

    private const int MaxTop = 1000;

    public static void MapListening(this IEndpointRouteBuilder app)
    {
        app.MapPost("/api/v1/saes/{sae}/sounds", BringAsync)
            .Says("bringSound", "Brings a sound to search by", "A sound file of at most a few minutes; it is kept for a while and then deleted.")
            .Takes(ApiParameter.Text("file", "The file's name, for messages.", 400)).Reads<Stream>(MediaTypeNames.Application.Octet).Produces<BroughtSound>()
            .Fails(404, "There is no such SAE.").Fails(409, "The model that the SAE was trained on is not here.").Fails(413, "The file is too long.");
        app.MapGet("/api/v1/sounds/{id}.wav", (string id, TemporarySounds sounds) => sounds.TryOpen(id) is { } file ? SoundFile.Send(file) : Gone())
            .Says("getSound", "A sound that was brought").Takes().SendsSound().Fails(404, "The sound is not kept any more.");
        app.MapGet("/api/v1/sounds/{id}/peaks", PeaksOf)
            .Says("getSoundPeaks", "The peaks of its wave, to draw it").Takes(ApiParameter.Whole("buckets", "How many pairs of peaks.", 1, MaxBuckets, Peaks.DefaultBuckets)).Produces<Peaks>()
            .Fails(404, "The sound is not kept any more.").Fails(503, "The sound cannot be read.");
        app.MapGet("/api/v1/saes/{sae}/readings/{key}", FeaturesAsync)
            .Needs(Access.Generate).Says("searchBySound", "The features that fire in a span of a sound, in order", "The key names the sound: one that was brought, a clip or a take's arm, as the page's address does.")
            .Takes(ApiParameter.Number("from", "Where the span begins, in seconds.", 0), ApiParameter.Number("to", "Where it ends, in seconds.", 0), ApiParameter.Word<FiringOrder>("by", "What the order is by.", default(FiringOrder)),
                ApiParameter.Flag("all", "Whether features are given too that the filter of 1 to 25 % of the clips leaves out."), ApiParameter.Whole("top", "How many features.", 1, MaxTop, 20))
            .Produces<FiringAnswer>().Fails(404, "There is no such SAE or sound.").Fails(503, "The sound cannot be read now.");
        app.MapGet("/api/v1/saes/{sae}/readings/{key}/features/{index:int}", FeatureAsync)
            .Needs(Access.Generate).Says("getActivationAlongSound", "One feature's activation along a sound").Takes().Produces<FeatureClip>().Fails(404, "There is no such SAE, sound or feature.").Fails(503, "The sound cannot be read now.");
    }

    /// <summary>URL of a sound that a person brought.</summary>
    public static string SoundAddress(string id) => $"api/v1/sounds/{id}.wav";

    /// <summary>URL of its peaks.</summary>
    public static string PeaksAddress(string id) => $"api/v1/sounds/{id}/peaks";

    /// <summary>URL of one feature's activations along a sound.</summary>
    public static string FeatureAddress(string saeId, SoundSource source, int feature) => FormattableString.Invariant($"api/v1/saes/{saeId}/readings/{source.Key}/features/{feature}");

    private static async Task<IResult> BringAsync(string sae, string? file, HttpContext context, ICatalog catalog, FeatureCatalog features, TakeService takes, TemporarySounds sounds, IOptions<ListeningOptions> options)
    {
        var name = PresetNames.File(file);
        if (catalog.Sae(sae) is not { } known) return Missing($"There is no SAE '{sae}'.");
        if (ModelOf(known, catalog, features, takes) is not { } model) return Results.Problem("The model that this SAE was trained on is not here. The Data page says where models belong.", statusCode: StatusCodes.Status409Conflict);
        if (await BoundedBody.ReadAsync(context.Request, options.Value.MaxMegabytes << 20, context.RequestAborted) is not { } bytes)
            return Results.Problem($"{name} is larger than {options.Value.MaxMegabytes} MiB, the limit for a sound. Cut or compress it.", statusCode: StatusCodes.Status413PayloadTooLarge);
        try
        {
            return Results.Json(await sounds.AddAsync(bytes, name, model.SampleRate, model.Channels, context.RequestAborted));
        }
        catch (UserException error)
        {
            return Results.Problem(error.Message, statusCode: StatusCodes.Status400BadRequest);
        }
    }

    private static CatalogModel? ModelOf(CatalogSae sae, ICatalog catalog, FeatureCatalog features, TakeService takes)
    {
        try
        {
            return (features.Open(sae.Id) is { } set ? catalog.ModelByHash(set.Index.Info.ModelHash) : null) ?? takes.ModelOf(sae);
        }
        catch (UserException)
        {
            // The index cannot be read: that is said when the sound is.
            return takes.ModelOf(sae);
        }
    }

    private static IResult PeaksOf(string id, int? buckets, TemporarySounds sounds)
    {
        if (buckets is < 1 or > MaxBuckets) return Results.Problem($"buckets is {buckets}; expected 1 to {MaxBuckets}.", statusCode: StatusCodes.Status400BadRequest);
        try
        {
            return sounds.TryOpen(id) is { } file ? Results.Json(SoundFile.PeaksOf("The sound", file, buckets ?? Peaks.DefaultBuckets)) : Gone();
        }
        catch (UserException error)
        {
            return Results.Problem(error.Message, statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    private static Task<IResult> FeaturesAsync(string sae, string key, double? from, double? to, string? by, string? all, int? top, FeatureCatalog features, SoundReadings readings, CancellationToken ct) =>
        WithAsync(sae, key, features, readings, (set, read) =>
        {
            if (by is not null && EnumJson.Parse<FiringOrder>(by) is null) return Results.Problem($"by is '{by}'; expected {string.Join(", ", EnumJson.All<FiringOrder>())}.", statusCode: StatusCodes.Status400BadRequest);
            if (top is < 1 or > MaxTop) return Results.Problem($"top is {top}; expected 1 to {MaxTop}.", statusCode: StatusCodes.Status400BadRequest);
            var sound = read.Activations;
            var span = FrameSpan.Of(from, to, sound.Frames, sound.FrameRate);
            var ranked = FiringRanking.Of(sound, span, EnumJson.Parse<FiringOrder>(by) ?? default, set.Index.P99, all is not null && ApiParameter.FlagOf(all) == true ? [] : set.Index.Kept);
            var labels = features.Labels(set);
            return Results.Json(new FiringAnswer(
                read.Source.Key, sound.Seconds, sound.FrameRate, span.From / sound.FrameRate, span.To / sound.FrameRate, ranked.Count,
                [.. ranked.Take(top ?? 20).Select(each => new FiringAnswerRow(each.Feature, labels.GetValueOrDefault(each.Feature)?.Text, set.Suggestion(each.Feature)?.Words, each.Max, each.Mean, each.Share, each.P99, each.MaxMultiple, each.MeanMultiple))]));
        }, ct);

    private static Task<IResult> FeatureAsync(string sae, string key, int index, FeatureCatalog features, SoundReadings readings, CancellationToken ct) =>
        WithAsync(sae, key, features, readings, (set, read) => (uint)index < (uint)set.Index.Count
            ? Results.Json(Draw(read, index))
            : Missing($"The SAE '{sae}' has features 0 to {set.Index.Count - 1}."), ct);

    /// <summary>What it takes to draw a feature's activation along a sound.</summary>
    internal static FeatureClip Draw(ReadSound read, int feature)
    {
        var sound = read.Activations;
        var place = sound.PlaceOf(feature);
        var columns = place < 0 ? [] : sound.Columns(place);
        var values = place < 0 ? [] : sound.Values(place);
        // The strongest column, of those that are counted where there is one.
        var best = -1;
        for (var i = 0; i < values.Length; i++)
        {
            if (columns[i] >= sound.FirstColumn && (best < 0 || values[i] > values[best])) best = i;
        }
        var largest = best < 0 ? 0 : values[best];
        var (frames, shares) = (new int[columns.Length], new double[columns.Length]);
        for (var i = 0; i < frames.Length; i++)
        {
            frames[i] = columns[i] - 1;
            shares[i] = largest > 0 ? Math.Round(Math.Clamp(values[i] / largest, 0, 1), 4) : 0;
        }
        var column = best < 0 ? 0 : columns[best];
        return new FeatureClip(
            -1, read.Title, null, sound.Seconds, sound.FrameRate, largest, column, Math.Max(0, column - 1) / sound.FrameRate, frames, shares, read.SoundAddress, read.PeaksAddress, read.Peaks);
    }

    private static async Task<IResult> WithAsync(string sae, string key, FeatureCatalog features, SoundReadings readings, Func<FeatureSet, ReadSound, IResult> answer, CancellationToken ct)
    {
        try
        {
            if (SoundSource.Parse(key) is not { } source) return Missing($"'{PresetNames.File(key)}' names no sound: expected sound-…, clip-N, or a take's id with its arm.");
            if (await readings.WaitAsync(sae, source, ct) is not { } state || features.Open(sae) is not { } set) return Missing($"There is no SAE '{sae}' with an index.");
            return state switch
            {
                { Result: { } read } => answer(set, read),
                { Stage: ReadingStage.Gone } => Gone(),
                { Stage: ReadingStage.Cancelled } => Results.Problem("The reading was stopped.", statusCode: StatusCodes.Status409Conflict),
                _ => Results.Problem(state.Problem, statusCode: StatusCodes.Status503ServiceUnavailable),
            };
        }
        catch (UserException error)
        {
            return Results.Problem(error.Message, statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    private static IResult Gone() => Missing("This sound is not here any more. Temporary sounds are deleted when their folder is full: bring it again.");

    private static IResult Missing(string what) => Results.Problem(what, statusCode: StatusCodes.Status404NotFound);
}

/// <summary>Which features fire in a span of a sound.</summary>
/// <param name="Sound">The sound's key.</param>
/// <param name="Seconds">Its length.</param>
/// <param name="FrameRate">Codec frames a second.</param>
/// <param name="From">Where the span begins, in seconds.</param>
/// <param name="To">Where it ends, in seconds.</param>
/// <param name="Total">Features that fire in it.</param>
/// <param name="Features">The foremost of them.</param>
internal sealed record FiringAnswer(string Sound, double Seconds, double FrameRate, double From, double To, int Total, IReadOnlyList<FiringAnswerRow> Features);

/// <summary>A feature that fires there. Activations are raw, and in multiples of the feature's p99.</summary>
/// <param name="Feature">Its index.</param>
/// <param name="Label">What people call it.</param>
/// <param name="Suggestion">The suggested label; null: none.</param>
/// <param name="Max">Its largest activation in the span.</param>
/// <param name="Mean">The mean over all columns of the span.</param>
/// <param name="Share">The share of the columns on which it fires, 0 to 1.</param>
/// <param name="P99">Its p99; 0: it has none.</param>
/// <param name="MaxOverP99">The largest in multiples of p99.</param>
/// <param name="MeanOverP99">The mean in multiples of p99.</param>
internal sealed record FiringAnswerRow(int Feature, string? Label, string? Suggestion, double Max, double Mean, double Share, double P99, double MaxOverP99, double MeanOverP99);
