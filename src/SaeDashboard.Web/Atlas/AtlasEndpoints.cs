using System.Net.Mime;
using Microsoft.Net.Http.Headers;
using SaeDashboard.Core;
using SaeDashboard.Storage;
using SaeDashboard.Web.Api;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Atlas;

/// <summary>An atlas over HTTP: its points in one block, their names, and the voices of features.</summary>
internal static class AtlasEndpoints
{
    public static void MapAtlas(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/v1/saes/{sae}/atlas", (string sae, AtlasCatalog atlases, HttpContext context) => With(atlases, sae, atlas => atlas.Points is { } points
            ? Send(context, points, MediaTypeNames.Application.Octet)
            : Results.Problem(atlas.Problem ?? NoAtlas(sae), statusCode: atlas.Problem is null ? StatusCodes.Status404NotFound : StatusCodes.Status503ServiceUnavailable)))
            .Says("getAtlas", "Every feature's place on the map, as one block of bytes", "Little-endian, as docs/decisions/0035 describes: coordinates, hue and figures of every feature. The header ETag names the atlas.")
            .Takes().Sends(200, MediaTypeNames.Application.Octet, "The block.").Fails(404, "There is no such SAE, or its index has no atlas.").Fails(503, "The index is being read, or cannot be read.");
        app.MapGet("/api/v1/saes/{sae}/atlas/names", (string sae, AtlasCatalog atlases, HttpContext context) =>
            With(atlases, sae, atlas => Send(context, atlases.Names(atlas), MediaTypeNames.Application.Json)))
            .Says("getAtlasNames", "The names of the features on the map", "Labels, and suggestions where there is no label.")
            .Takes().Produces<AtlasNames>().Fails(404, "There is no such SAE.").Fails(503, "The index is being read, or cannot be read.");
        app.MapGet("/api/v1/saes/{sae}/atlas/found", (string sae, AtlasCatalog atlases, FeatureCatalog features, HttpContext context) =>
            With(atlases, sae, atlas => Results.Ok(AtlasFound.Of(atlas.Set, features.Labels(atlas.Set), new ApiQuery(context.Request).Text(FeatureParameters.Text) ?? ""))))
            .Says("searchAtlas", "The features that a search finds, as the list of features finds them", "Words of labels and captions, misspelled ones too, or a feature's number. Features outside the filter of 1 to 25 % of the clips are among them.")
            .Takes(FeatureParameters.Text).Produces<AtlasFound>().Fails(404, "There is no such SAE.").Fails(503, "The index is being read, or cannot be read.");
        app.MapGet("/api/v1/saes/{sae}/features/{index:int}/voice.wav", VoiceAsync)
            .Says("getVoice", "A feature's voice: half-second excerpts at its strongest peaks")
            .Takes().SendsSound().Fails(404, "There is no such SAE or feature, or it never fires.").Fails(503, "The voice cannot be played now.");
    }

    /// <summary>URL of a feature's voice.</summary>
    public static string VoiceAddress(string saeId, int feature) => FormattableString.Invariant($"api/v1/saes/{saeId}/features/{feature}/voice.wav");

    /// <summary>What a page or a client reads where the index has no atlas.</summary>
    public static string NoAtlas(string sae) => $"The SAE '{sae}' has no atlas: its index was made by an earlier version. Make it with the verb 'atlas', or index the SAE again.";

    private static async Task<IResult> VoiceAsync(string sae, int index, FeatureCatalog features, VoiceLibrary voices, HttpContext context)
    {
        try
        {
            if (features.Open(sae) is not { } set || (uint)index >= (uint)set.Index.Count) return Missing($"The SAE '{sae}' has no feature {index}.");
            if (voices.Plan(set, index) is not { } plan) return Missing($"Feature {index} has no voice: it never fires, or the dataset of the index is missing.");
            // The address stays while the index behind it may change: the browser keeps the sound and asks whether it is still the same.
            context.Response.Headers.CacheControl = "private, no-cache";
            var tag = new EntityTagHeaderValue($"\"{plan.Key}\"");
            if (IsKnown(context, tag)) return Results.StatusCode(StatusCodes.Status304NotModified);
            return SoundFile.Send(await voices.OpenAsync(plan, context.RequestAborted), tag: tag);
        }
        catch (UserException error)
        {
            return Results.Problem(error.Message, title: "This voice cannot be played now", statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    private static IResult With(AtlasCatalog atlases, string sae, Func<OpenedAtlas, IResult> answer)
    {
        try
        {
            return atlases.Open(sae) is { } atlas ? answer(atlas) : Missing($"There is no SAE '{sae}' with an index.");
        }
        catch (UserException error)
        {
            return Results.Problem(error.Message, statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    private static IResult Send(HttpContext context, AtlasAnswer answer, string type)
    {
        var tag = new EntityTagHeaderValue($"\"{answer.Tag}\"");
        context.Response.Headers.CacheControl = "private, no-cache";
        context.Response.Headers.ETag = tag.ToString();
        return IsKnown(context, tag) ? Results.StatusCode(StatusCodes.Status304NotModified) : Results.Bytes(answer.Bytes, type);
    }

    private static bool IsKnown(HttpContext context, EntityTagHeaderValue tag) =>
        context.Request.GetTypedHeaders().IfNoneMatch.Any(asked => asked.Compare(tag, useStrongComparison: false));

    private static IResult Missing(string what) => Results.Problem(what, statusCode: StatusCodes.Status404NotFound);
}

/// <summary>What a search finds on a map.</summary>
/// <param name="Features">The features as numbers and ranges, ascending; empty: none, or nothing was searched for. <example>3,12-18</example></param>
/// <param name="Readings">Words that no label and no caption has, and what each was read as.</param>
internal sealed record AtlasFound(string Features, IReadOnlyList<AtlasReading> Readings)
{
    private const int MaxReadings = 3;

    /// <summary>Searches as the list of features does.</summary>
    public static AtlasFound Of(FeatureSet set, IReadOnlyDictionary<int, CurrentLabel> labels, string text)
    {
        if (set.TextsOf(labels).Search(text) is not { } search) return new AtlasFound("", []);
        return new AtlasFound(
            FeatureSelection.Format([.. Enumerable.Range(0, set.Index.Count).Where(feature => search.Finds(set, feature))]),
            [.. search.Readings.Select(reading => new AtlasReading(reading.Typed, [.. reading.As.Take(MaxReadings)]))]);
    }
}

/// <summary>A word that was read as another.</summary>
/// <param name="Typed">As typed, in lower case. <example>taikoo</example></param>
/// <param name="As">What it was read as: the words with the fewest mistakes, three at most.</param>
internal sealed record AtlasReading(string Typed, IReadOnlyList<string> As);

/// <summary>The names of what is on a map.</summary>
/// <param name="Concepts">The names of the annotated concepts, in the order of the points' numbers.</param>
/// <param name="Labels">Labels by feature.</param>
/// <param name="Hints">What the captions of a feature's top clips share, by feature.</param>
internal sealed record AtlasNames(IReadOnlyList<string> Concepts, IReadOnlyDictionary<string, string> Labels, IReadOnlyDictionary<string, string> Hints);
