using SaeDashboard.Core;
using SaeDashboard.Storage;
using SaeDashboard.Web.Annotation;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Identity;

namespace SaeDashboard.Web.Api;

/// <summary>What people say of the items of queues: sent by ids that the browser makes, so that sending again changes nothing; withdrawn; and decided by a third person.</summary>
internal static class AnnotationResource
{
    // A note of 4,000, a label of 200 and 20 tags of 60 characters, each of which may take 12 bytes, and 64 votes.
    private const int MaxBytes = 128 << 10;

    private const string Example = """{"queue": "queue-20261130-101502-x7k2", "feature": 1337, "verdict": "accept", "label": "taiko drums", "seenRevision": 0, "seconds": 17.5, "clips": [{"row": 12, "vote": "fits"}]}""";

    private static readonly ApiParameter By = ApiParameter.Flag("mine", "Whether yours alone are given.");
    private static readonly ApiParameter All = ApiParameter.Flag("withdrawn", "Whether withdrawn ones are given too.");

    public static void MapAnnotations(this IEndpointRouteBuilder app)
    {
        app.MapPut(ApiSetup.Root + "/annotations/{annotation}", (string annotation, HttpContext context, AnnotationService annotations) => PutAsync(annotation, context, annotations, decides: false))
            .Says("putAnnotation", "Sends your work on an item of a queue", "annotation is a UUID that you make: sending the same again changes nothing. A label that is accepted or given becomes the feature's when as many " +
                "people as the queue asks for name it, and only over the revision that seenRevision names (0: no label); writesLabel false leaves the label as it is. What cannot be counted because the " +
                "item was lost to others is kept as your draft of it.")
            .Takes().Reads<AnnotationRequest>().Produces<ApiAnnotation>()
            .Fails(404, "There is no such queue.").Fails(409, Conflicts).Fails(413, "The body is too long.").Fails(415, "The body is not JSON.");
        app.MapGet(ApiSetup.Root + "/annotations/{annotation}", (string annotation, HttpContext context, AnnotationService annotations) =>
                annotations.Find(annotation) is { } found ? Results.Ok(Shown(found, annotations, context)) : NoSuch(annotation))
            .Says("getAnnotation", "One annotation or decision, a withdrawn one too").Takes().Produces<ApiAnnotation>().Fails(404, "There is no such annotation.");
        app.MapDelete(ApiSetup.Root + "/annotations/{annotation}", (string annotation, HttpContext context, AnnotationService annotations) => Withdraw(annotation, context, annotations))
            .Says("withdrawAnnotation", "Withdraws an annotation or a decision of yours", "A label that it wrote is put back to what it was before, unless another one came after it. Again it changes nothing. The item can be judged again by a new id.")
            .Takes().Produces<ApiAnnotation>().Fails(404, "There is no such annotation.");
        app.MapGet(ApiSetup.Root + "/queues/{queue}/annotations", (string queue, HttpContext context, AnnotationService annotations) => QueueResource.With(annotations, queue, found =>
            {
                var (query, actor) = (new ApiQuery(context.Request), context.User.ToActor());
                AnnotationRow[] rows = [.. annotations.OfQueue(found.Id).Where(row => (query.Flag(All) || row.WithdrawnUtc is null) && (!query.Flag(By) || row.AuthorId == actor.UserId)).Reverse()];
                return Results.Ok(ApiPaging.Of(context, rows, row => ApiAnnotation.Of(row, actor)));
            }))
            .Says("listAnnotations", "What was said in a queue, the newest first").Lists<ApiAnnotation>(By, All).Fails(404, "There is no such queue.");
        app.MapGet(ApiSetup.Root + "/queues/{queue}/adjudications", (string queue, HttpContext context, AnnotationService annotations) => QueueResource.With(annotations, queue, found =>
                Results.Ok(ApiPaging.Of(context, annotations.Waiting(found.Id), item => ApiDisputedItem.Of(item, context.User.ToActor())))))
            .Says("listDisputedItems", "The items of a queue that wait for an adjudicator, by feature", "With what everybody said, to be shown next to each other.").Lists<ApiDisputedItem>().Fails(404, "There is no such queue.");
        app.MapPut(ApiSetup.Root + "/adjudications/{annotation}", (string annotation, HttpContext context, AnnotationService annotations) => PutAsync(annotation, context, annotations, decides: true))
            .Says("putAdjudication", "Decides an item on which annotators disagree", "By a person who has not judged it. As putAnnotation in all else; it is read and withdrawn as an annotation.")
            .Takes().Reads<AnnotationRequest>().Produces<ApiAnnotation>()
            .Fails(404, "There is no such queue.").Fails(409, Conflicts).Fails(413, "The body is too long.").Fails(415, "The body is not JSON.");
    }

    private const string Conflicts = "It was not kept; reason says why: leaseLost, full, judgedAlready, otherContent, notWaiting or ownItem with the annotation there is as current, or label with the label there is as current.";

    private static async Task<IResult> PutAsync(string id, HttpContext context, AnnotationService annotations, bool decides)
    {
        var (body, problem) = await ApiBody.ReadAsync<AnnotationRequest>(context, MaxBytes, "an annotation", Example);
        if (problem is not null) return problem;
        var actor = context.User.ToActor();
        return QueueResource.With(annotations, body!.Queue, queue => ApiProblems.Try(() =>
        {
            try
            {
                return Results.Ok(Shown(annotations.Put(id, body.ToContent(queue, decides), actor), annotations, context));
            }
            catch (LeaseLostException lost)
            {
                return AnnotationProblems.Conflict("leaseLost", lost.Message);
            }
            catch (AnnotationConflictException conflict)
            {
                return AnnotationProblems.Conflict(conflict.Reason.Name(), conflict.Message, conflict.Current is { } current ? ApiAnnotation.Of(current, actor) : null);
            }
            catch (LabelConflictException conflict)
            {
                var why = conflict.Current.Text.Length == 0 ? $"{conflict.Current.Author} removed this label meanwhile." : $"{conflict.Current.Author} changed this label to “{conflict.Current.Text}” meanwhile.";
                return AnnotationProblems.Conflict("label", why + " Nothing was kept: send it again with that revision as seenRevision, or with writesLabel false.", LabelAnswer.Of(conflict.Current));
            }
        }, StatusCodes.Status400BadRequest));
    }

    private static IResult Withdraw(string id, HttpContext context, AnnotationService annotations) => annotations.Find(id) is null ? NoSuch(id) : ApiProblems.Try(() =>
    {
        var actor = context.User.ToActor();
        var (row, takenBack) = annotations.Withdraw(id, actor);
        return Results.Ok(ApiAnnotation.Of(row, actor) with { LabelTakenBack = takenBack });
    }, StatusCodes.Status400BadRequest);

    private static ApiAnnotation Shown(AnnotationRow row, AnnotationService annotations, HttpContext context)
    {
        var shown = ApiAnnotation.Of(row, context.User.ToActor());
        // The answer of a practice item is said when it was tried.
        return row.Content.Kind == AnnotationKind.Practice && annotations.Queue(row.Content.Queue)?.Content.Practice.FirstOrDefault(item => item.Feature == row.Content.Feature) is { } expected
            ? shown with { Expected = ApiReferenceItem.Of(expected) } : shown;
    }

    private static IResult NoSuch(string id) => ApiProblems.NotFound($"There is no annotation '{(AnnotationRules.IsId(id) ? id : "of that id")}'.");
}

/// <summary>An annotation as it is sent.</summary>
/// <param name="Queue">The queue's id.</param>
/// <param name="Feature">The item. <example>1337</example></param>
/// <param name="Verdict">What is said of the label. With accept and edit, label is the label that is meant.</param>
/// <param name="Seconds">How long you worked on it, in seconds. <example>17.5</example></param>
/// <param name="Clips">Votes on clips.</param>
/// <param name="Label">The label that is accepted or given.</param>
/// <param name="Specificity">1 (fits nearly everything) to 5 (fits this feature alone).</param>
/// <param name="Tags">Words, at most 20.</param>
/// <param name="Note">A note of at most 4,000 characters.</param>
/// <param name="SeenRevision">The label's revision that you saw; 0: there was no label.</param>
/// <param name="WritesLabel">Whether the label may become the feature's.</param>
/// <param name="Shown">The label, or the suggestion, that you were shown: what the votes are about where you name no label.</param>
internal sealed record AnnotationRequest(
    string Queue, int Feature, AnnotationVerdict Verdict, double Seconds = 0, IReadOnlyList<ApiClipVote>? Clips = null, string? Label = null, int? Specificity = null, IReadOnlyList<string>? Tags = null,
    string? Note = null, long? SeenRevision = null, bool WritesLabel = true, string? Shown = null)
{
    /// <summary>What it says, for a queue.</summary>
    /// <exception cref="UserException">A part of it is null.</exception>
    public AnnotationContent ToContent(QueueRow queue, bool decides)
    {
        var kind = decides ? AnnotationKind.Adjudication : queue.Content.Practice.Any(item => item.Feature == Feature) ? AnnotationKind.Practice : AnnotationKind.Annotation;
        string[] tags = [.. (Tags ?? []).Select(tag => tag ?? throw new UserException("A tag is null."))];
        return new AnnotationContent(Queue, Feature, kind, Verdict, ApiClipVote.ToVotes(Clips), Label, Specificity, tags, Note, SeenRevision, Seconds, WritesLabel, Shown);
    }
}
