using SaeDashboard.Core;
using SaeDashboard.Storage;
using SaeDashboard.Web.Annotation;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Identity;

namespace SaeDashboard.Web.Api;

/// <summary>Annotation queues: made from a list's or a filter's features, changed, archived, with progress and agreement.</summary>
internal static class QueueResource
{
    // 32,768 numbers of eight characters, 203 reference items with their votes, and guidelines of 20,000 characters of up to 12 bytes.
    private const int MaxBytes = 2 << 20;

    private const string Example = """{"name": "Low drums", "sae": "demo", "query": "q=drum&label=unlabelled", "mode": "blindFirst", "overlap": 2}""";

    private static readonly ApiParameter OfSae = ApiParameter.Text("sae", "The id of an SAE: its queues alone.", 200);
    private static readonly ApiParameter Archived = ApiParameter.Flag("archived", "Whether the archived queues are given instead of the open ones.");

    public static void MapQueues(this IEndpointRouteBuilder app)
    {
        app.MapGet(ApiSetup.Root + "/queues", (HttpContext context, AnnotationService annotations, ICatalog catalog) =>
            {
                var query = new ApiQuery(context.Request);
                var hash = query.Text(OfSae) is { } sae ? catalog.Sae(sae)?.Hash ?? "" : null;
                QueueRow[] found = [.. annotations.Queues().Where(queue => queue.ArchivedUtc is not null == query.Flag(Archived) && (hash is null || queue.Content.SaeHash == hash))];
                return Results.Ok(ApiPaging.Of(context, found, queue => Shown(queue, annotations, catalog, context)));
            })
            .Says("listQueues", "The annotation queues, the newest first", "Each with its progress, yours included.").Lists<ApiQueueSummary>(OfSae, Archived);
        app.MapPost(ApiSetup.Root + "/queues", AddAsync)
            .Needs(Access.Research).Says("addQueue", "Makes an annotation queue", "Give query (the query of the list of features, as its page's address has it), list (the id of a list) or features, and no two of them. " +
                "The features are taken as they are now, in their order, at most 32,768. Gold items are mixed in for everybody without a sign; practice items, at most three, come first and count nowhere.")
            .Takes().Reads<QueueRequest>().Produces<ApiQueueDetails>(201)
            .Fails(404, "There is no such SAE or list.").Fails(413, "The body is too long.").Fails(415, "The body is not JSON.").Fails(503, "The index is being read, or cannot be read.");
        app.MapGet(ApiSetup.Root + "/queues/{queue}", (string queue, HttpContext context, AnnotationService annotations, ICatalog catalog) => With(annotations, queue, found => Results.Ok(Details(found, annotations, catalog, context))))
            .Says("getQueue", "One queue with its features").Takes().Produces<ApiQueueDetails>().Fails(404, "There is no such queue.");
        app.MapPut(ApiSetup.Root + "/queues/{queue}", ChangeAsync)
            .Needs(Access.Research).Says("changeQueue", "Changes a queue of yours", "What is left out stays as it is. The SAE, the dataset and the features stay; with another overlap, items that were done can need more people. " +
                "Give the version that you saw as basedOn to write over nothing that you have not seen.")
            .Takes().Reads<QueueChange>().Produces<ApiQueueDetails>()
            .Fails(404, "There is no such queue.").Fails(409, "It has another version than basedOn names; current is the queue there is.").Fails(413, "The body is too long.").Fails(415, "The body is not JSON.");
        app.MapDelete(ApiSetup.Root + "/queues/{queue}", (string queue, HttpContext context, AnnotationService annotations, ICatalog catalog) => Archive(queue, true, context, annotations, catalog))
            .Needs(Access.Research).Says("archiveQueue", "Archives a queue of yours", "Its items are not given out any more, and everything that was said in it stays. restore undoes it.").Takes().Produces<ApiQueueSummary>().Fails(404, "There is no such queue.");
        app.MapPost(ApiSetup.Root + "/queues/{queue}/restore", (string queue, HttpContext context, AnnotationService annotations, ICatalog catalog) => Archive(queue, false, context, annotations, catalog))
            .Needs(Access.Research).Says("restoreQueue", "Opens an archived queue of yours again").Takes().Produces<ApiQueueSummary>().Fails(404, "There is no such queue.");
        app.MapGet(ApiSetup.Root + "/queues/{queue}/progress", (string queue, HttpContext context, AnnotationService annotations) =>
                With(annotations, queue, found => Results.Ok(ApiQueueProgress.Of(annotations.Progress(found.Id)!, context.User.ToActor()))))
            .Says("getQueueProgress", "How far a queue is, and how far each person", "Items an hour are of a person's last 50 items, by the seconds they worked on them.").Takes().Produces<ApiQueueProgress>().Fails(404, "There is no such queue.");
        app.MapGet(ApiSetup.Root + "/queues/{queue}/agreement", (string queue, HttpContext context, AnnotationService annotations, UserRepository users) =>
                With(annotations, queue, found => Results.Ok(ApiQueueAgreement.Of(annotations.Agreement(found.Id)!, found.AuthorId == context.User.ToActor().UserId, id => users.Find(id)?.Name ?? id))))
            .Says("getQueueAgreement", "How well the annotators of a queue agree", "Krippendorff's α over verdicts and over votes on clips (nominal) and over the specificity (ordinal).").Takes().Produces<ApiQueueAgreement>().Fails(404, "There is no such queue.");
    }

    /// <summary>Answers for a queue.</summary>
    public static IResult With(AnnotationService annotations, string queue, Func<QueueRow, IResult> answer) =>
        annotations.Queue(queue) is { } found ? answer(found) : ApiProblems.NotFound($"There is no queue '{(Ids.IsValid("queue", queue) ? queue : "of that id")}'.");

    public static ApiQueueSummary Shown(QueueRow queue, AnnotationService annotations, ICatalog catalog, HttpContext context) =>
        ApiQueueSummary.Of(queue, annotations.Progress(queue.Id)!, catalog, context.User.ToActor());

    private static ApiQueueDetails Details(QueueRow queue, AnnotationService annotations, ICatalog catalog, HttpContext context) => ApiQueueDetails.Of(queue, Shown(queue, annotations, catalog, context));

    private static async Task<IResult> AddAsync(HttpContext context, FeatureCatalog features, ICatalog catalog, FeatureLists lists, AnnotationService annotations, Scores.LabelScores scores)
    {
        var (body, problem) = await ApiBody.ReadAsync<QueueRequest>(context, MaxBytes, "a queue", Example);
        if (problem is not null) return problem;
        var actor = context.User.ToActor();
        return FeatureResource.With(features, catalog, body!.Sae, set => ApiProblems.Try(() =>
        {
            var chosen = FeaturesOf(body.Query, body.List, body.Features, "a queue", set, features.Labels(set), lists.Of(set.SaeHash, actor), scores, out var missing);
            if (missing is not null) return ApiProblems.NotFound(missing);
            var content = new QueueContent(
                body.Name, set.SaeHash, set.Index.Info.DatasetHash, chosen, body.Mode, body.Guidelines ?? "", body.Overlap, Items(body.Gold), Items(body.Practice));
            foreach (var feature in content.Features.Concat(content.Gold.Concat(content.Practice).Select(item => item.Feature)))
                if ((uint)feature >= (uint)set.Index.Count) throw new UserException($"The SAE '{body.Sae}' has no feature {feature}: it has features 0 to {set.Index.Count - 1}.");
            var made = annotations.Add(content, actor);
            return Results.Created(ApiQueueSummary.AddressOf(made.Id), Details(made, annotations, catalog, context));
        }, StatusCodes.Status400BadRequest));
    }

    private static async Task<IResult> ChangeAsync(string queue, HttpContext context, ICatalog catalog, AnnotationService annotations)
    {
        var (body, problem) = await ApiBody.ReadAsync<QueueChange>(context, MaxBytes, "a change of a queue", """{"guidelines": "Hear first.", "basedOn": 1}""");
        if (problem is not null) return problem;
        return With(annotations, queue, _ => ApiProblems.Try(() =>
        {
            try
            {
                var changed = annotations.Change(queue, content => content with
                {
                    Name = body!.Name ?? content.Name,
                    Mode = body.Mode ?? content.Mode,
                    Guidelines = body.Guidelines ?? content.Guidelines,
                    Overlap = body.Overlap ?? content.Overlap,
                    Gold = body.Gold is { } gold ? Items(gold) : content.Gold,
                    Practice = body.Practice is { } practice ? Items(practice) : content.Practice,
                }, body!.BasedOn, context.User.ToActor());
                return Results.Ok(Details(changed, annotations, catalog, context));
            }
            catch (QueueConflictException conflict)
            {
                return ApiProblems.Conflict("The queue was changed in another window meanwhile.", Shown(conflict.Current, annotations, catalog, context));
            }
        }, StatusCodes.Status400BadRequest));
    }

    private static IResult Archive(string queue, bool archived, HttpContext context, AnnotationService annotations, ICatalog catalog) => With(annotations, queue, _ => ApiProblems.Try(() =>
        Results.Ok(Shown(annotations.Archive(queue, archived, context.User.ToActor()), annotations, catalog, context)), StatusCodes.Status400BadRequest));

    private static ReferenceItem[] Items(IReadOnlyList<ApiReferenceItem>? items) =>
        [.. (items ?? []).Select(item => item is null ? throw new UserException("A gold or practice item is null.") : item.ToItem())];

    /// <summary>The features that a request names, in order: of a query, of a list, or by their numbers.</summary>
    /// <exception cref="UserException">It names them in no way or in two, or its query has an unknown name.</exception>
    internal static IReadOnlyList<int> FeaturesOf(
        string? query, string? list, IReadOnlyList<int>? features, string what, FeatureSet set, IReadOnlyDictionary<int, CurrentLabel> labels, IReadOnlyList<FeatureListRow> lists, Scores.LabelScores scores,
        out string? missing)
    {
        missing = null;
        if (new object?[] { query, list, features }.Count(given => given is not null) != 1)
            throw new UserException($"Give query, list or features, and no two of them: {what} is of the features of one.");
        if (features is not null) return features;
        if (list is not null)
        {
            if (lists.FirstOrDefault(each => each.Id == list) is { } found) return found.Features;
            missing = $"There is no list '{(Ids.IsValid("list", list) ? list : "of that id")}' of this SAE, or it is another person's.";
            return [];
        }
        foreach (var name in Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(query).Keys)
            if (!FeatureQuery.Names.Contains(name)) throw new UserException($"query has “{name}”, which is not a parameter of the list of features; it takes {string.Join(", ", FeatureQuery.Names)}.");
        return FeatureFilter.Apply(set, labels, FeatureQuery.OfText(query!), lists: lists, trust: scores.Trust(set, labels));
    }
}

/// <summary>A queue as it is sent.</summary>
/// <param name="Name">Its name. <example>Low drums</example></param>
/// <param name="Sae">The SAE's id. <example>demo</example></param>
/// <param name="Query">The query of the list of features whose features it has. <example>q=drum&amp;label=unlabelled</example></param>
/// <param name="List">The id of the list whose features it has.</param>
/// <param name="Features">Its features, in their order.</param>
/// <param name="Mode">What an annotator sees first.</param>
/// <param name="Guidelines">What annotators should know.</param>
/// <param name="Overlap">How many people judge each item, 1 to 5. <example>2</example></param>
/// <param name="Gold">Items whose answers are known, mixed in for everybody.</param>
/// <param name="Practice">Items to begin with, at most three.</param>
internal sealed record QueueRequest(
    string Name, string Sae, string? Query = null, string? List = null, IReadOnlyList<int>? Features = null, QueueMode Mode = QueueMode.BlindFirst, string? Guidelines = null, int Overlap = 1,
    IReadOnlyList<ApiReferenceItem>? Gold = null, IReadOnlyList<ApiReferenceItem>? Practice = null);

/// <summary>What is to change in a queue; what is left out stays.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Mode">What an annotator sees first.</param>
/// <param name="Guidelines">What annotators should know.</param>
/// <param name="Overlap">How many people judge each item, 1 to 5.</param>
/// <param name="Gold">Items whose answers are known.</param>
/// <param name="Practice">Items to begin with, at most three.</param>
/// <param name="BasedOn">The version that the person saw; null: it is changed whatever is there.</param>
internal sealed record QueueChange(
    string? Name = null, QueueMode? Mode = null, string? Guidelines = null, int? Overlap = null, IReadOnlyList<ApiReferenceItem>? Gold = null, IReadOnlyList<ApiReferenceItem>? Practice = null, int? BasedOn = null);
