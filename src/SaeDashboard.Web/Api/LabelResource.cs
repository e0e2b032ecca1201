using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Identity;

namespace SaeDashboard.Web.Api;

/// <summary>Labels as a list, their revisions, and ratings. The label of one feature is in <see cref="LabelEndpoints"/>.</summary>
internal static class LabelResource
{
    private const int MaxBytes = 4 << 10;

    public static void MapLabelResource(this IEndpointRouteBuilder app)
    {
        app.MapGet(ApiSetup.Root + "/saes/{sae}/labels", (string sae, HttpContext context, FeatureCatalog features, ICatalog catalog) => FeatureResource.With(features, catalog, sae, set =>
                Results.Ok(ApiPaging.Of(context, [.. features.Labels(set).OrderBy(pair => pair.Key)], pair => ApiLabel.Of(pair.Key, pair.Value)))))
            .Says("listLabels", "The labels of an SAE's features, by feature").Lists<ApiLabel>()
            .Fails(404, "There is no such SAE, or its features are not indexed.").Fails(503, "The index is being read, or cannot be read.");
        app.MapGet(ApiSetup.Root + "/saes/{sae}/features/{index:int}/label/revisions", (string sae, int index, HttpContext context, FeatureCatalog features, ICatalog catalog, FeatureLabels labels) =>
                FeatureResource.WithFeature(features, catalog, sae, index, set =>
                    Results.Ok(ApiPaging.Of(context, labels.History(new FeatureKey(set.SaeHash, index), context.User.ToActor()), ApiRevision.Of))))
            .Says("listRevisions", "Every revision of a feature's label, newest first").Lists<ApiRevision>()
            .Fails(404, "There is no such SAE or feature.").Fails(503, "The index is being read, or cannot be read.");
        app.MapPost(ApiSetup.Root + "/labels/revisions/{revision:long}/restore", (long revision, FeatureLabels labels, HttpContext context) => Of(labels, revision, context, _ =>
                ApiRevision.Of(labels.Restore(revision, context.User.ToActor()))))
            .Says("restoreLabel", "Takes the text of an older revision up again, as a new revision").Takes().Produces<ApiRevision>().Fails(404, "There is no such revision.");
        app.MapPut(ApiSetup.Root + "/labels/revisions/{revision:long}/rating", RateAsync)
            .Says("rateLabel", "Sets your rating of a label's revision", "How well the label fits, in stars from 1 to 5. One rating for each person and revision: another replaces it.")
            .Takes().Reads<ApiRating>().Produces<ApiRevision>().Fails(404, "There is no such revision.").Fails(413, "The body is too long.");
        app.MapDelete(ApiSetup.Root + "/labels/revisions/{revision:long}/rating", (long revision, FeatureLabels labels, HttpContext context) => Of(labels, revision, context, found =>
            {
                labels.SetStars(found, null, context.User.ToActor());
                return ApiRevision.Of(labels.Find(revision, context.User.ToActor())!);
            }))
            .Says("unrateLabel", "Takes your rating of a label's revision away").Takes().Produces<ApiRevision>().Fails(404, "There is no such revision.");
    }

    private static async Task<IResult> RateAsync(long revision, FeatureLabels labels, HttpContext context)
    {
        var (rating, problem) = await ApiBody.ReadAsync<ApiRating>(context, MaxBytes, "a rating", """{"stars": 4}""");
        if (problem is not null) return problem;
        return Of(labels, revision, context, found =>
        {
            labels.SetStars(found, rating!.Stars, context.User.ToActor());
            return ApiRevision.Of(labels.Find(revision, context.User.ToActor())!);
        });
    }

    private static IResult Of(FeatureLabels labels, long revision, HttpContext context, Func<LabelRevision, ApiRevision> answer) =>
        labels.Find(revision, context.User.ToActor()) is { } found
            ? ApiProblems.Try(() => Results.Ok(answer(found)), StatusCodes.Status400BadRequest)
            : ApiProblems.NotFound(FormattableString.Invariant($"There is no label revision {revision}."));
}

/// <summary>The current label of a feature.</summary>
/// <param name="Feature">The feature. <example>1337</example></param>
/// <param name="Text">The label. <example>taiko drums</example></param>
/// <param name="Revision">Its revision.</param>
/// <param name="Author">Who wrote it.</param>
/// <param name="Stars">Mean of its ratings, 1 to 5; null: not rated.</param>
/// <param name="Ratings">How many people rated it.</param>
public sealed record ApiLabel(int Feature, string Text, long Revision, string Author, double? Stars, int Ratings)
{
    internal static ApiLabel Of(int feature, CurrentLabel label) => new(feature, label.Text, label.RevisionId, label.Author, label.Stars, label.Ratings);
}

/// <summary>A rating.</summary>
/// <param name="Stars">1 to 5. <example>4</example></param>
public sealed record ApiRating(int Stars);
