using System.Globalization;
using System.Text;
using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Storage;
using SaeDashboard.Web.Api;
using SaeDashboard.Web.Identity;
using SaeDashboard.Web.Runs;
using SaeDashboard.Web.Scores;

namespace SaeDashboard.Web.Features;

/// <summary>One feature as a file has it: label, rating, statistics and measures. What is not known is null.</summary>
internal sealed record ExportedFeature(
    int Feature, string? Label, string? Author, double? Stars, int Ratings, string? Suggestion, int? SuggestionClips, double? SuggestionAuroc, bool Kept, bool Dead,
    float ClipDensity, float ColumnDensity, float P99, float Maximum, float? Mean, float? Variance, float? Skewness, float? Kurtosis, long Positives, float DecoderNorm,
    string? TopCaption, string? Concept, float? ConceptAuroc, float? Stability, float? PositionR2, float? OutputScore, int? GuestRank,
    int People, double? PeopleRandomAuroc, double? PeopleNearMissAuroc, double? Disagreement, double? CaptionsRandomAuroc, double? CaptionsNearMissAuroc, double? ClapCosine, double? ClapFloor)
{
    /// <summary>A feature of a set.</summary>
    public static ExportedFeature Of(FeatureSet set, IReadOnlyDictionary<int, CurrentLabel> labels, LabelScores scores, int feature)
    {
        var label = labels.GetValueOrDefault(feature);
        var row = set.Row(feature, label);
        var (figures, measures) = (row.Statistics, set.Index.Measures);
        // Of what it is called now alone: the score of an earlier label would be taken for this one's.
        var judged = scores.Of(set, feature, label).Current;
        var (trust, clap) = (scores.Trust(set, labels).GetValueOrDefault(feature), judged.FirstOrDefault(score => score.Judge == LabelJudge.Clap));
        var captions = judged.FirstOrDefault(score => score is { Judge: LabelJudge.Captions, OnPeoplesClips: false })?.Detection;
        return new ExportedFeature(
            feature, label?.Text, label?.Author, label?.Stars, label?.Ratings ?? 0, row.Suggestion?.Words, row.Suggestion is { Kind: SuggestionKind.TopCaptions } ? set.Hint(feature)?.Clips : null, row.Suggestion?.Score, figures.Kept, row.Dead,
            figures.ClipDensity, figures.ColumnDensity, figures.P99, row.Largest, Finite(figures.Mean), Finite(figures.Variance), Finite(figures.Skewness), Finite(figures.Kurtosis), figures.Positives, figures.DecoderNorm,
            row.Top is { } top ? set.Clip(top.Row)?.Caption : null, FeatureFilter.ConceptOf(measures, feature),
            At(measures is null ? [] : measures.ConceptAuroc, feature), At(measures is null ? [] : measures.Stability, feature), At(measures is null ? [] : measures.PositionR2, feature),
            At(measures is null ? [] : measures.OutputScore, feature), set.Index.GuestRank(feature),
            trust?.People ?? 0, trust?.Detection.Random, trust?.Detection.NearMiss, trust?.Disagreement, captions?.Random, captions?.NearMiss, clap?.Value, clap?.ValueFloor);
    }

    private static float? At(ReadOnlySpan<float> values, int feature) => values.IsEmpty ? null : Finite(values[feature]);

    private static float? Finite(float value) => float.IsFinite(value) ? value : null;
}

/// <summary>The features that a list shows, as CSV or JSON Lines, written while they are read.</summary>
internal static class FeatureExport
{
    private static readonly (string Name, Func<ExportedFeature, string> Cell)[] Columns =
    [
        ("feature", each => Whole(each.Feature)), ("label", each => CsvField.Text(each.Label ?? "")), ("author", each => CsvField.Text(each.Author ?? "")),
        ("stars", each => each.Stars?.ToString("R", CultureInfo.InvariantCulture) ?? ""), ("ratings", each => Whole(each.Ratings)), ("suggestion", each => CsvField.Text(each.Suggestion ?? "")),
        ("suggestionClips", each => each.SuggestionClips is { } clips ? Whole(clips) : ""), ("suggestionAuroc", each => each.SuggestionAuroc?.ToString("R", CultureInfo.InvariantCulture) ?? ""), ("kept", each => each.Kept ? "true" : "false"), ("dead", each => each.Dead ? "true" : "false"),
        ("clipDensity", each => Number(each.ClipDensity)), ("columnDensity", each => Number(each.ColumnDensity)), ("p99", each => Number(each.P99)), ("maximum", each => Number(each.Maximum)),
        ("mean", each => Number(each.Mean)), ("variance", each => Number(each.Variance)), ("skewness", each => Number(each.Skewness)), ("kurtosis", each => Number(each.Kurtosis)),
        ("positives", each => Whole(each.Positives)), ("decoderNorm", each => Number(each.DecoderNorm)), ("topCaption", each => CsvField.Text(each.TopCaption ?? "")),
        ("concept", each => CsvField.Text(each.Concept ?? "")), ("conceptAuroc", each => Number(each.ConceptAuroc)), ("stability", each => Number(each.Stability)),
        ("positionR2", each => Number(each.PositionR2)), ("outputScore", each => Number(each.OutputScore)), ("guestRank", each => each.GuestRank is { } rank ? Whole(rank) : ""),
        ("people", each => Whole(each.People)), ("peopleRandomAuroc", each => Number(each.PeopleRandomAuroc)), ("peopleNearMissAuroc", each => Number(each.PeopleNearMissAuroc)), ("disagreement", each => Number(each.Disagreement)),
        ("captionsRandomAuroc", each => Number(each.CaptionsRandomAuroc)), ("captionsNearMissAuroc", each => Number(each.CaptionsNearMissAuroc)), ("clapCosine", each => Number(each.ClapCosine)), ("clapFloor", each => Number(each.ClapFloor)),
    ];

    /// <summary>Writes a table with a line of names. Numbers are written so that reading gives the same ones.</summary>
    public static async Task CsvAsync(TextWriter writer, IEnumerable<ExportedFeature> features)
    {
        await writer.WriteAsync($"{string.Join(',', Columns.Select(column => column.Name))}\n");
        foreach (var feature in features) await writer.WriteAsync($"{string.Join(',', Columns.Select(column => column.Cell(feature)))}\n");
    }

    /// <summary>Writes one JSON object a line.</summary>
    public static async Task JsonLinesAsync(Stream stream, IEnumerable<ExportedFeature> features, CancellationToken ct)
    {
        foreach (var feature in features)
        {
            await JsonSerializer.SerializeAsync(stream, feature, JsonDefaults.Lines, ct);
            await stream.WriteAsync("\n"u8.ToArray(), ct);
        }
    }

    private static string Whole(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Number(double? value) => value?.ToString("R", CultureInfo.InvariantCulture) ?? "";

    private static string Number(float? value) => value?.ToString("R", CultureInfo.InvariantCulture) ?? "";
}

/// <summary>The list of features over HTTP, by the query of its page.</summary>
internal static class FeatureExportEndpoints
{
    public static void MapFeatureExport(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/v1/saes/{sae}/features.csv", (string sae, HttpContext context, FeatureCatalog features, FeatureLists lists, CommentService comments, LabelScores scores) => Answer(sae, context, features, lists, comments, scores, csv: true))
            .Says("exportFeaturesCsv", "The features that a list shows, on all pages, as CSV").Takes([.. FeatureParameters.Filters, FeatureParameters.Select]).Sends(200, "text/csv", "A line of names, then a line a feature.")
            .Fails(404, "There is no such SAE, or its features are not indexed.").Fails(503, "The index is being read, or cannot be read.");
        app.MapGet("/api/v1/saes/{sae}/features.jsonl", (string sae, HttpContext context, FeatureCatalog features, FeatureLists lists, CommentService comments, LabelScores scores) => Answer(sae, context, features, lists, comments, scores, csv: false))
            .Says("exportFeaturesJsonLines", "The features that a list shows, on all pages, as JSON Lines").Takes([.. FeatureParameters.Filters, FeatureParameters.Select]).Sends(200, "application/jsonl", "One feature a line.")
            .Fails(404, "There is no such SAE, or its features are not indexed.").Fails(503, "The index is being read, or cannot be read.");
    }

    /// <summary>The address of an export.</summary>
    /// <param name="saeId">The SAE's id in the catalog.</param>
    /// <param name="query">The page's query; the page that is shown plays no part.</param>
    /// <param name="kind">csv or jsonl.</param>
    /// <param name="selected">The features to export alone; empty: all that the query finds.</param>
    public static string Address(string saeId, FeatureQuery query, string kind, IReadOnlyList<int> selected)
    {
        var parameters = query.View.ToQueryString();
        var select = selected.Count == 0 ? "" : $"{(parameters.Length == 0 ? "?" : "&")}select={FeatureSelection.Format(selected)}";
        return $"api/v1/saes/{saeId}/features.{kind}{parameters}{select}";
    }

    private static IResult Answer(string sae, HttpContext context, FeatureCatalog features, FeatureLists lists, CommentService comments, LabelScores scores, bool csv)
    {
        IEnumerable<ExportedFeature> found;
        try
        {
            if (features.Open(sae) is not { } set) return Results.Problem($"There is no SAE '{sae}', or it has no index.", statusCode: StatusCodes.Status404NotFound);
            var parameters = context.Request.Query;
            var labels = features.Labels(set);
            var selected = FeatureSelection.Parse(parameters["select"], set.Index.Count);
            var query = FeatureQuery.Parse(name => parameters[name].FirstOrDefault());
            // Those that a person selected are theirs to have, whatever the filters leave now.
            IReadOnlyList<int> order = selected.Count > 0 ? selected : FeatureFilter.Apply(set, labels, query, lists: lists.Of(set.SaeHash, context.User.ToActor()), comments: comments.Counts(set.SaeHash), trust: scores.Trust(set, labels));
            found = order.Select(feature => ExportedFeature.Of(set, labels, scores, feature));
        }
        catch (UserException error)
        {
            return Results.Problem(error.Message, statusCode: StatusCodes.Status503ServiceUnavailable);
        }
        return csv
            ? Results.Stream(async body =>
            {
                await using var writer = new StreamWriter(body, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), bufferSize: 1 << 16, leaveOpen: true);
                await FeatureExport.CsvAsync(writer, found);
            }, "text/csv; charset=utf-8", $"features-{sae}.csv")
            : Results.Stream(body => FeatureExport.JsonLinesAsync(body, found, context.RequestAborted), "application/jsonl", $"features-{sae}.jsonl");
    }
}
