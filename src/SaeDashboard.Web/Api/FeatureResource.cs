using SaeDashboard.Core.Features;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Identity;

namespace SaeDashboard.Web.Api;

/// <summary>The features of an SAE: the list of the page, with its filters and its order, and one feature with all that is known of it.</summary>
internal static class FeatureResource
{
    private static readonly ApiParameter Strips = ApiParameter.Flag("strips", "Whether each clip has its activation strip.", @default: true);

    public static void MapFeatureResource(this IEndpointRouteBuilder app)
    {
        app.MapGet(ApiSetup.Root + "/saes/{sae}/features", List)
            .Says("listFeatures", "The features of an SAE, filtered and in order", "The same filters and orders as the page /features/{sae}, by the same names.")
            .Lists<ApiFeature>(FeatureParameters.Filters)
            .Fails(404, "There is no such SAE, or its features are not indexed.").Fails(503, "The index is being read, or cannot be read.");
        app.MapGet(ApiSetup.Root + "/saes/{sae}/features/{index:int}", One)
            .Says("getFeature", "One feature with every statistic, its histogram, clips, similar features, label, suggested labels and comments")
            .Takes(Strips).Produces<ApiFeatureDetails>()
            .Fails(404, "There is no such SAE or feature.").Fails(503, "The index is being read, or cannot be read.");
    }

    private static IResult List(string sae, HttpContext context, FeatureCatalog features, ICatalog catalog, CommentService comments, FeatureLists lists, Scores.LabelScores scores) => With(features, catalog, sae, set =>
    {
        // Read as the page reads its address: the same names mean the same.
        var query = FeatureQuery.Parse(name => context.Request.Query[name] is [{ } value] ? value : null);
        // One snapshot for the order and the rows.
        var (labels, counts) = (features.Labels(set), comments.Counts(set.SaeHash));
        return Results.Ok(ApiPaging.Of(context, FeatureFilter.Apply(set, labels, query, lists: lists.Of(set.SaeHash, context.User.ToActor()), comments: counts, trust: scores.Trust(set, labels)), feature =>
            ApiFeature.Of(sae, set.Row(feature, labels.GetValueOrDefault(feature)), counts.GetValueOrDefault(feature))));
    });

    private static IResult One(string sae, int index, HttpContext context, FeatureCatalog features, ICatalog catalog, FeatureLabels labels, CommentService comments) =>
        WithFeature(features, catalog, sae, index, set =>
        {
            var key = new FeatureKey(set.SaeHash, index);
            var strips = new ApiQuery(context.Request).Flag(Strips);
            var clips = new FeatureClipViews(sae, set, index, strips);
            var written = comments.Of(key);
            var current = features.Labels(set);
            return Results.Ok(new ApiFeatureDetails(
                ApiFeature.Of(sae, features.Row(set, index), written.Count), ApiStatistics.Of(set.Index[index]), ApiMeasures.Of(set.Index, index), ApiHistogram.Of(set, index),
                [.. set.Index.Neighbours(index).Select(near => new ApiSimilarFeature(near.Feature, Finite.Of(near.Cosine), current.GetValueOrDefault(near.Feature)?.Text))],
                clips.Top(), clips.Groups(), [.. set.Suggestions(index).Select(ApiSuggestion.Of)], [.. labels.History(key, context.User.ToActor()).Select(ApiRevision.Of)], [.. written.Select(comment => ApiComment.Of(comment, catalog))]));
        });

    /// <summary>Answers for an SAE that has an index.</summary>
    public static IResult With(FeatureCatalog features, ICatalog catalog, string sae, Func<FeatureSet, IResult> answer) => ApiProblems.Try(() =>
    {
        if (features.Open(sae) is { } set) return answer(set);
        return catalog.Sae(sae) is not { } found ? ApiProblems.MissingOrLoading(catalog, SaeResource.NoSae(sae))
            : found.State == CatalogState.Reading ? ApiProblems.Unavailable($"The SAE '{sae}' is being read. Ask again in a moment.")
            : ApiProblems.NotFound(found.Problem ?? found.IndexProblem ?? $"The features of the SAE '{sae}' are not indexed. Index it on the Data page.");
    });

    /// <summary>Answers for a feature.</summary>
    public static IResult WithFeature(FeatureCatalog features, ICatalog catalog, string sae, int index, Func<FeatureSet, IResult> answer) => With(features, catalog, sae, set =>
        (uint)index < (uint)set.Index.Count ? answer(set) : ApiProblems.NotFound($"The SAE '{sae}' has no feature {index}: it has features 0 to {set.Index.Count - 1}."));
}

/// <summary>JSON has no infinity and no NaN.</summary>
internal static class Finite
{
    /// <summary>The number; null where it is not one.</summary>
    public static double? Of(double value) => double.IsFinite(value) ? value : null;
}

/// <summary>The clips of one feature as the API shows them.</summary>
internal sealed class FeatureClipViews(string sae, FeatureSet set, int feature, bool strips)
{
    public IReadOnlyList<ApiFeatureClip> Top() => [.. set.Index.TopClips(feature).Select((clip, rank) => Clip(rank, clip.Row, clip.Value, clip.Column))];

    public IReadOnlyList<ApiClipGroup> Groups() =>
    [
        .. set.Index.ExampleGroups.Select((group, number) => new ApiClipGroup(group.Kind, group.Kind == ExampleKind.Interval ? group.Above : null, group.Kind == ExampleKind.Interval ? group.UpTo : null,
            [.. set.Index.Examples(feature, number).Select(example => Clip(set.Index.Info.TopClips + example.Place, example.Row, example.Value, example.Column))])),
    ];

    private ApiFeatureClip Clip(int number, int row, float value, int column)
    {
        var clip = set.Clip(row);
        return new ApiFeatureClip(
            number, row, clip?.Id, clip?.Caption, clip?.Split, clip?.Seconds, value, column, set.Seconds(column), set.DatasetId is { } dataset ? "/" + FeatureEndpoints.SoundAddress(dataset, row) : null,
            "/" + FeatureEndpoints.ClipAddress(sae, feature, number), strips ? Strip(number) : null);
    }

    private ApiStrip Strip(int number)
    {
        var strip = number < set.Index.Info.TopClips ? set.Index.Strip(feature, number) : set.Index.ExampleStrip(feature, number - set.Index.Info.TopClips);
        return new ApiStrip(strip.Columns, strip.Values);
    }
}
