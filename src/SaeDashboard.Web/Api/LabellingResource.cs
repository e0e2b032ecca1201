using SaeDashboard.Core;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Identity;
using SaeDashboard.Web.ModelLabels;

namespace SaeDashboard.Web.Api;

/// <summary>Labelling batches: what one would cost, made from a list's or a filter's features, stopped, resumed, with the labels as they come.</summary>
internal static class LabellingResource
{
    private const int MaxBytes = 1 << 20;

    private const string Example = """{"name": "Kept features", "sae": "demo", "query": "label=unlabelled", "most": 100, "test": true}""";

    private static readonly ApiParameter OfSae = ApiParameter.Text("sae", "The id of an SAE: its batches alone.", 200);
    private static readonly ApiParameter Faults = ApiParameter.Flag("faults", "Whether only features without a label, or without the score that was asked for, are given.");

    public static void MapLabelling(this IEndpointRouteBuilder app)
    {
        app.MapGet(ApiSetup.Root + "/labelling/batches", (HttpContext context, LabelBatches batches, ICatalog catalog) =>
            {
                var hash = new ApiQuery(context.Request).Text(OfSae) is { } sae ? catalog.Sae(sae)?.Hash ?? "" : null;
                return ApiPaging.Of(context, [.. batches.All.Where(batch => hash is null || batch.File.SaeHash == hash)], batch => ApiLabelBatch.Of(batch, catalog));
            })
            .Says("listLabelBatches", "The labelling batches, the newest first", "A batch has a language model label features of an SAE. Its labels are suggestions until a person accepts them.").Lists<ApiLabelBatch>(OfSae);
        app.MapPost(ApiSetup.Root + "/labelling/estimate", (HttpContext context, FeatureCatalog features, ICatalog catalog, FeatureLists lists, Scores.LabelScores scores, LabelBatches batches) =>
                AskedAsync(context, features, catalog, lists, scores, (body, set, chosen) => Results.Ok(ApiLabelEstimate.Of(batches.Estimate(set, chosen, body.Test)))))
            .Says("estimateLabelBatch", "What a labelling batch would cost at most", "The same body as for addLabelBatch; the name is not needed. Nothing is sent to the provider.")
            .Takes().Reads<LabelBatchRequest>().Produces<ApiLabelEstimate>()
            .Fails(404, "There is no such SAE or list.").Fails(413, "The body is too long.").Fails(415, "The body is not JSON.").Fails(503, "The index is being read, or cannot be read.");
        app.MapPost(ApiSetup.Root + "/labelling/batches", (HttpContext context, FeatureCatalog features, ICatalog catalog, FeatureLists lists, Scores.LabelScores scores, LabelBatches batches) =>
                AskedAsync(context, features, catalog, lists, scores, (body, set, chosen) =>
                {
                    var made = batches.Add(body.Name ?? "", set, chosen, body.Test, context.User.ToActor());
                    return Results.Created(ApiLabelBatch.AddressOf(made.Id), ApiLabelBatch.Of(made, catalog));
                }))
            .Says("addLabelBatch", "Makes a labelling batch and puts it into the queue", "Give query (the query of the list of features, as its page's address has it), list (the id of a list) or features, and no two of them. " +
                "Batches run one at a time, with the language model of the site's settings and within its cap for the day. It costs money: see estimateLabelBatch.")
            .Takes().Reads<LabelBatchRequest>().Produces<ApiLabelBatch>(201)
            .Fails(404, "There is no such SAE or list.").Fails(413, "The body is too long.").Fails(415, "The body is not JSON.").Fails(503, "The index is being read, or cannot be read.");
        app.MapGet(ApiSetup.Root + "/labelling/batches/{batch}", (string batch, LabelBatches batches, ICatalog catalog) => With(batches, batch, found => Results.Ok(ApiLabelBatch.Of(found, catalog))))
            .Says("getLabelBatch", "One labelling batch: its state, its progress and what it cost").Takes().Produces<ApiLabelBatch>().Fails(404, "There is no such batch.");
        app.MapGet(ApiSetup.Root + "/labelling/batches/{batch}/labels", (string batch, HttpContext context, LabelBatches batches) =>
                With(batches, batch, found => Results.Ok(ApiPaging.Of(context, batches.Features(found.Id, new ApiQuery(context.Request).Flag(Faults)), ApiBatchLabel.Of))))
            .Says("listBatchLabels", "The features of a labelling batch, each with what came of it", "In the batch's order, as far as it is.").Lists<ApiBatchLabel>(Faults).Fails(404, "There is no such batch.");
        app.MapPost(ApiSetup.Root + "/labelling/batches/{batch}/cancel", (string batch, LabelBatches batches, ICatalog catalog) => Change(batches, batch, batches.Cancel, catalog))
            .Says("cancelLabelBatch", "Stops a labelling batch", "What was answered stays; requests under way are given up and count as spent.").Takes().Produces<ApiLabelBatch>(202)
            .Fails(404, "There is no such batch.").Fails(409, "It neither waits nor runs.");
        app.MapPost(ApiSetup.Root + "/labelling/batches/{batch}/resume", (string batch, LabelBatches batches, ICatalog catalog) => Change(batches, batch, batches.Resume, catalog))
            .Says("resumeLabelBatch", "Continues a labelling batch", "What was answered is not asked, or paid, again; what failed is asked again.").Takes().Produces<ApiLabelBatch>(202)
            .Fails(404, "There is no such batch.").Fails(409, "It has nothing to resume, or the settings name another model now.");
    }

    private static IResult With(LabelBatches batches, string batch, Func<BatchView, IResult> answer) =>
        batches.Find(batch) is { } found ? answer(found) : ApiProblems.NotFound($"There is no labelling batch '{(Ids.IsValid("batch", batch) ? batch : "of that id")}'.");

    private static IResult Change(LabelBatches batches, string batch, Func<string, BatchView> change, ICatalog catalog) =>
        With(batches, batch, found => ApiProblems.Try(() => Results.Json(ApiLabelBatch.Of(change(found.Id), catalog), statusCode: StatusCodes.Status202Accepted), StatusCodes.Status409Conflict));

    private static async Task<IResult> AskedAsync(HttpContext context, FeatureCatalog features, ICatalog catalog, FeatureLists lists, Scores.LabelScores scores, Func<LabelBatchRequest, FeatureSet, IReadOnlyList<int>, IResult> answer)
    {
        var (body, problem) = await ApiBody.ReadAsync<LabelBatchRequest>(context, MaxBytes, "a labelling batch", Example);
        if (problem is not null) return problem;
        return FeatureResource.With(features, catalog, body!.Sae, set => ApiProblems.Try(() =>
        {
            var chosen = QueueResource.FeaturesOf(body.Query, body.List, body.Features, "a batch", set, features.Labels(set), lists.Of(set.SaeHash, context.User.ToActor()), scores, out var missing);
            if (missing is not null) return ApiProblems.NotFound(missing);
            if (body.Most is < 1) throw new UserException($"most is {body.Most}; it is 1 or more.");
            return answer(body, set, body.Most is { } most ? [.. chosen.Take(most)] : chosen);
        }, StatusCodes.Status400BadRequest));
    }
}

/// <summary>A labelling batch as it is sent.</summary>
/// <param name="Sae">The SAE's id. <example>demo</example></param>
/// <param name="Name">Its name. <example>Kept features</example></param>
/// <param name="Query">The query of the list of features whose features it labels. <example>label=unlabelled</example></param>
/// <param name="List">The id of the list whose features it labels.</param>
/// <param name="Features">Its features, in their order.</param>
/// <param name="Most">How many of them at most, from the beginning; null: all. <example>100</example></param>
/// <param name="Test">Whether the labels are tested by the model as their judge. <example>true</example></param>
internal sealed record LabelBatchRequest(string Sae, string? Name = null, string? Query = null, string? List = null, IReadOnlyList<int>? Features = null, int? Most = null, bool Test = false);
