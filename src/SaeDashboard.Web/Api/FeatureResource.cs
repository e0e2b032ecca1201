using SaeDashboard.Core.Features;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Identity;

namespace SaeDashboard.Web.Api;

/// <summary>The features of an SAE: the list of the page, with its filters and its order, and one feature with all that is known of it.</summary>
internal static class FeatureResource
{
    private const double Percent = 100;

    private static readonly ApiParameter Text = ApiParameter.Text("q", "Words that the label, or the captions of at least half of its top clips, contain; or a feature's number.", 200, "drum");
    private static readonly ApiParameter Sort = ApiParameter.Word<FeatureSort>("sort", "What the list is ordered by.", FeatureSort.Agreement);
    private static readonly ApiParameter Reverse = ApiParameter.Flag("reverse", "Whether the order is turned around. Without it numbers and labels ascend, and everything else descends.");
    private static readonly ApiParameter Min = ApiParameter.Number("min", "Least share of the clips that it fires in, in percent.", 0, Percent, "1");
    private static readonly ApiParameter Max = ApiParameter.Number("max", "Largest share of the clips that it fires in, in percent.", 0, Percent, "25");
    private static readonly ApiParameter Least = ApiParameter.Number("least", "Least share of the columns that it fires in, in percent.", 0, Percent);
    private static readonly ApiParameter Most = ApiParameter.Number("most", "Largest share of the columns that it fires in, in percent.", 0, Percent);
    private static readonly ApiParameter Strength = ApiParameter.Number("strength", "Least largest activation, in the SAE's own unit.", 0);
    private static readonly ApiParameter All = ApiParameter.Flag("all", "Whether features are given too that the filter of 1 to 25 % of the clips leaves out.");
    private static readonly ApiParameter Label = ApiParameter.Word<LabelFilter>("label", "Whether it has a label.", LabelFilter.Any);
    private static readonly ApiParameter Stars = ApiParameter.Whole("stars", "Least mean rating of its label, in stars; 0: labels without a rating.", 0, 5);
    private static readonly ApiParameter Concept = ApiParameter.Text("concept", "The annotated concept that it tells apart best.", 200, "inst.taiko");
    private static readonly ApiParameter Stability = ApiParameter.Number("stability", "Least largest cosine of its decoder row with those of an SAE of another seed.", 0, 1, "0.7");
    private static readonly ApiParameter Guests = ApiParameter.Flag("guests", "Whether only mystery guests are given: stable features that are neither positional nor like a known concept.");
    private static readonly ApiParameter Commented = ApiParameter.Flag("commented", "Whether only features with comments are given.");
    private static readonly ApiParameter InList = ApiParameter.Text("list", "The id of a list of features: only those in it.", 100);
    private static readonly ApiParameter Strips = ApiParameter.Flag("strips", "Whether each clip has its activation strip.", @default: true);

    /// <summary>The filters and the order of a list of features: for every address that gives such a list.</summary>
    public static ApiParameter[] Filters => [Text, Sort, Reverse, Min, Max, Least, Most, Strength, All, Label, Stars, Concept, Stability, Guests, Commented, InList];

    public static void MapFeatureResource(this IEndpointRouteBuilder app)
    {
        app.MapGet(ApiSetup.Root + "/saes/{sae}/features", List)
            .Says("listFeatures", "The features of an SAE, filtered and in order", "The same filters and orders as the page /features/{sae}, by the same names.")
            .Lists<ApiFeature>(Filters)
            .Fails(404, "There is no such SAE, or its features are not indexed.").Fails(503, "The index is being read, or cannot be read.");
        app.MapGet(ApiSetup.Root + "/saes/{sae}/features/{index:int}", One)
            .Says("getFeature", "One feature with every statistic, its histogram, clips, similar features, label and comments")
            .Takes(Strips).Produces<ApiFeatureDetails>()
            .Fails(404, "There is no such SAE or feature.").Fails(503, "The index is being read, or cannot be read.");
    }

    private static IResult List(string sae, HttpContext context, FeatureCatalog features, ICatalog catalog, CommentService comments, FeatureLists lists) => With(features, catalog, sae, set =>
    {
        var query = QueryOf(context.Request);
        // One snapshot for the order and the rows.
        var (labels, counts) = (features.Labels(set), comments.Counts(set.SaeHash));
        return Results.Ok(ApiPaging.Of(context, FeatureFilter.Apply(set, labels, query, lists: lists.Of(set.SaeHash, context.User.ToActor()), comments: counts), feature =>
            ApiFeature.Of(sae, set.Row(feature, labels.GetValueOrDefault(feature)), counts.GetValueOrDefault(feature))));
    });

    /// <summary>The query of a request that takes <see cref="Filters"/>.</summary>
    public static FeatureQuery QueryOf(HttpRequest request)
    {
        var asked = new ApiQuery(request);
        var known = Filters.ToDictionary(parameter => parameter.Name, StringComparer.Ordinal);
        // Read as the page reads its address: the same names mean the same.
        return FeatureQuery.Parse(name => known.GetValueOrDefault(name) is not { } parameter ? null : parameter.Kind == ApiValueKind.Flag ? asked.Flag(parameter) ? "1" : null : asked.Raw(parameter));
    }

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
                clips.Top(), clips.Groups(), [.. labels.History(key, context.User.ToActor()).Select(ApiRevision.Of)], [.. written.Select(comment => ApiComment.Of(comment, catalog))]));
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
