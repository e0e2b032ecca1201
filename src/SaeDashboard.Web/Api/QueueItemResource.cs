using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Storage;
using SaeDashboard.Web.Annotation;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Identity;

namespace SaeDashboard.Web.Api;

/// <summary>The items of a queue for the person who works on them: the next ones, their leases and drafts.</summary>
internal static class QueueItemResource
{
    // A draft of 100,000 characters, each of which may take 4 bytes.
    private const int MaxDraft = 400 << 10;

    private static readonly ApiParameter Count = ApiParameter.Whole("count", "How many items to give: the one to show, and others to fetch ahead.", 1, AnnotationService.MostItems, 1);

    public static void MapQueueItems(this IEndpointRouteBuilder app)
    {
        app.MapPost(ApiSetup.Root + "/queues/{queue}/next", Next)
            .Says("nextItems", "Your next items of a queue, and leases of them", "A practice item first; then what you began; then what others have judged and not enough of them; then the queue's order. " +
                "A lease lasts 15 minutes; a draft, or a renewal, renews it. Asking again gives the same items until they are sent.")
            .Takes(Count).Produces<ApiNextItems>().Fails(404, "There is no such queue.").Fails(503, "The index is being read, or cannot be read.");
        app.MapGet(ApiSetup.Root + "/queues/{queue}/items/{feature:int}", (string queue, int feature, HttpContext context, AnnotationService annotations, QueueItemViews views) =>
                WithItem(annotations, queue, feature, found => ApiProblems.Try(() => Results.Ok(views.Of(found, feature, null, context.User.ToActor())))))
            .Says("getQueueItem", "One item of a queue, with what you said of it").Takes().Produces<ApiQueueItem>().Fails(404, "There is no such queue or item.").Fails(503, "The index is being read, or cannot be read.");
        app.MapPost(ApiSetup.Root + "/queues/{queue}/items/{feature:int}/lease", (string queue, int feature, HttpContext context, AnnotationService annotations) => WithItem(annotations, queue, feature, found =>
                annotations.Renew(found, feature, context.User.ToActor()) is { } until ? Results.Ok(new ApiLease(until))
                    : AnnotationProblems.Conflict("leaseLost", "Your lease of this item ended, and others are at work on it or have judged it.")))
            .Says("renewLease", "Renews your lease of an item", "Or takes it again, if it ended and there is room.").Takes().Produces<ApiLease>()
            .Fails(404, "There is no such queue or item.").Fails(409, "The lease was lost: others are at work on the item, or as many as the queue asks for have judged it.");
        app.MapDelete(ApiSetup.Root + "/queues/{queue}/items/{feature:int}/lease", (string queue, int feature, HttpContext context, AnnotationService annotations) => WithItem(annotations, queue, feature, _ =>
            {
                annotations.Release(queue, feature, context.User.ToActor());
                return Results.NoContent();
            }))
            .Says("endLease", "Gives an item back, for others to take").Takes().Produces(204).Fails(404, "There is no such queue or item.");
        app.MapGet(ApiSetup.Root + "/queues/{queue}/items/{feature:int}/draft", (string queue, int feature, HttpContext context, AnnotationService annotations) => WithItem(annotations, queue, feature, _ =>
                annotations.Draft(queue, feature, context.User.ToActor()) is { } json ? Results.Ok(JsonSerializer.Deserialize<JsonElement>(json)) : ApiProblems.NotFound("There is no draft of this item.")))
            .Says("getDraft", "Your draft of an item, as you sent it").Takes().Produces<JsonElement>().Fails(404, "There is no such queue, item or draft.");
        app.MapPut(ApiSetup.Root + "/queues/{queue}/items/{feature:int}/draft", SaveDraftAsync)
            .Says("setDraft", "Keeps your draft of an item", "Any JSON object of at most 100,000 characters. It is a sign of work: it renews your lease. Sending the annotation ends it.")
            .Takes().Reads<JsonElement>().Produces(204).Fails(404, "There is no such queue or item.").Fails(413, "The body is too long.");
        app.MapDelete(ApiSetup.Root + "/queues/{queue}/items/{feature:int}/draft", (string queue, int feature, HttpContext context, AnnotationService annotations) => WithItem(annotations, queue, feature, found =>
                ApiProblems.Try(() =>
                {
                    annotations.SetDraft(found, feature, null, context.User.ToActor());
                    return Results.NoContent();
                }, StatusCodes.Status400BadRequest)))
            .Says("deleteDraft", "Forgets your draft of an item").Takes().Produces(204).Fails(404, "There is no such queue or item.");
    }

    /// <summary>Answers for an item of a queue.</summary>
    public static IResult WithItem(AnnotationService annotations, string queue, int feature, Func<QueueRow, IResult> answer) => QueueResource.With(annotations, queue, found =>
        found.Content.Features.Contains(feature) || found.Content.Gold.Concat(found.Content.Practice).Any(item => item.Feature == feature) ? answer(found)
            : ApiProblems.NotFound(FormattableString.Invariant($"Feature {feature} is not an item of the queue “{found.Content.Name}”.")));

    private static IResult Next(string queue, HttpContext context, AnnotationService annotations, QueueItemViews views) => QueueResource.With(annotations, queue, found => ApiProblems.Try(() =>
    {
        var actor = context.User.ToActor();
        var next = annotations.Next(found, new ApiQuery(context.Request).Whole(Count), actor);
        return Results.Ok(new ApiNextItems(
            next.State, [.. next.Items.Select(item => views.Of(found, item.Feature, item.Until, actor))], next.Waiting, next.ToDecide, ApiQueueProgress.Of(annotations.Progress(found.Id)!, actor)));
    }));

    private static async Task<IResult> SaveDraftAsync(string queue, int feature, HttpContext context, AnnotationService annotations)
    {
        var (body, problem) = await ApiBody.ReadAsync<object>(context, MaxDraft, "a draft", """{"label": "tai"}""");
        if (problem is not null) return problem;
        if (body is not JsonElement { ValueKind: JsonValueKind.Object } json) return ApiProblems.Refused("A draft is a JSON object.");
        return WithItem(annotations, queue, feature, found => ApiProblems.Try(() =>
        {
            annotations.SetDraft(found, feature, json.GetRawText(), context.User.ToActor());
            return Results.NoContent();
        }, StatusCodes.Status400BadRequest));
    }
}

/// <summary>Makes what an annotator gets of an item.</summary>
internal sealed class QueueItemViews(FeatureCatalog features, ICatalog catalog, AnnotationService annotations)
{
    /// <summary>An item.</summary>
    /// <param name="queue">Its queue.</param>
    /// <param name="feature">The feature.</param>
    /// <param name="until">When the person's lease ends; null: they hold none.</param>
    /// <param name="actor">The person.</param>
    /// <exception cref="UserException">The index cannot be read.</exception>
    public ApiQueueItem Of(QueueRow queue, int feature, DateTimeOffset? until, Actor actor)
    {
        var sae = catalog.SaeByHash(queue.Content.SaeHash)?.Id;
        var set = sae is null ? null : features.Open(sae);
        var problem = set is null ? "The SAE of this queue is not here, or its features are not indexed. The Data page says where to put it."
            : (uint)feature >= (uint)set.Index.Count ? $"The SAE has no feature {feature}."
            : set.Index.Info.DatasetHash != queue.Content.DatasetHash ? "The SAE's features were indexed with another dataset since this queue was made, so its clips are others. Index it with that dataset, or make a new queue."
            : set.Clips is null ? "The dataset of this queue is not here: there is nothing to hear. The Data page says where to put it."
            : null;
        var known = set is not null && (uint)feature < (uint)set.Index.Count ? set : null;
        var label = known is null ? null : features.Labels(known).GetValueOrDefault(feature);
        var hasClips = known is not null && known.Index.Info.DatasetHash == queue.Content.DatasetHash;
        var draft = annotations.Draft(queue.Id, feature, actor);
        var kind = queue.Content.Practice.Any(item => item.Feature == feature) ? AnnotationKind.Practice : AnnotationKind.Annotation;
        return new ApiQueueItem(
            queue.Id, feature, sae, kind == AnnotationKind.Practice, until, known?.Suggestion(feature)?.Words, label is null ? null : ApiLabel.Of(feature, label), label?.RevisionId ?? 0,
            hasClips ? [.. known!.Index.TopClips(feature).Select((clip, number) => ApiExampleClip.Of(sae!, known, feature, number, clip))] : [],
            hasClips ? [.. HeldOutClips.Of(known!, feature, queue.Id, actor.UserId).Select(clip => ApiVoteClip.Of(known!, clip))] : [],
            draft is null ? null : JsonSerializer.Deserialize<JsonElement>(draft), Mine(queue.Id, feature, actor) is { } mine ? ApiAnnotation.Of(mine, actor) : null, problem);
    }

    private AnnotationRow? Mine(string queue, int feature, Actor actor) => annotations.Item(queue, feature).Annotations.FirstOrDefault(each => each.AuthorId == actor.UserId);
}

/// <summary>Conflicts of annotations as problems, with a word that a program can tell them apart by.</summary>
internal static class AnnotationProblems
{
    /// <summary>409 with <c>reason</c>, and <c>current</c> where something is there.</summary>
    public static IResult Conflict(string reason, string why, object? current = null) => Results.Problem(why, statusCode: StatusCodes.Status409Conflict,
        extensions: new Dictionary<string, object?> { ["reason"] = reason, ["current"] = current });
}
