using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Identity;

namespace SaeDashboard.Web.Api;

/// <summary>Comments on features: the page's fields use these too, so that typing waits for no circuit.</summary>
internal static class CommentResource
{
    // 4,000 characters, each of which may take 12 bytes in JSON.
    private const int MaxBytes = 64 << 10;

    private const string Example = """{"text": "only the last hit", "clip": {"row": 12, "from": 3.2, "to": 5.0}}""";

    public static void MapComments(this IEndpointRouteBuilder app)
    {
        app.MapGet(ApiSetup.Root + "/saes/{sae}/comments", (string sae, HttpContext context, FeatureCatalog features, ICatalog catalog, CommentService comments) =>
                FeatureResource.With(features, catalog, sae, set => Results.Ok(ApiPaging.Of(context, comments.OfSae(set.SaeHash), comment => ApiComment.Of(comment, catalog)))))
            .Says("listComments", "Every comment on an SAE's features", "By feature, then oldest first.").Lists<ApiComment>()
            .Fails(404, "There is no such SAE, or its features are not indexed.").Fails(503, "The index is being read, or cannot be read.");
        app.MapGet(ApiSetup.Root + "/saes/{sae}/features/{index:int}/comments", (string sae, int index, HttpContext context, FeatureCatalog features, ICatalog catalog, CommentService comments) =>
                FeatureResource.WithFeature(features, catalog, sae, index, set => Results.Ok(ApiPaging.Of(context, comments.Of(new FeatureKey(set.SaeHash, index)), comment => ApiComment.Of(comment, catalog)))))
            .Says("listFeatureComments", "The comments on a feature, oldest first").Lists<ApiComment>()
            .Fails(404, "There is no such SAE or feature.").Fails(503, "The index is being read, or cannot be read.");
        app.MapPost(ApiSetup.Root + "/saes/{sae}/features/{index:int}/comments", AddAsync)
            .Says("addComment", "Adds a comment to a feature", "With clip it is about a clip of the dataset that the features were measured on; with from and to, in seconds, about a span of it.")
            .Takes().Reads<CommentRequest>().Produces<ApiComment>(201)
            .Fails(404, "There is no such SAE or feature.").Fails(413, "The body is too long.").Fails(415, "The body is not JSON.").Fails(503, "The index is being read, or cannot be read.");
        app.MapGet(ApiSetup.Root + "/comments/{comment}", (string comment, HttpContext context, CommentService comments, ICatalog catalog) =>
                comments.Find(comment) is { DeletedUtc: null } found ? Answer(context, found, catalog) : NoSuch(comment))
            .Says("getComment", "One comment", "The header ETag names its version.").Takes().Produces<ApiComment>().Fails(404, "There is no such comment.");
        app.MapPut(ApiSetup.Root + "/comments/{comment}", EditAsync)
            .Says("editComment", "Changes the text and the clip of a comment of yours", "Give the version that you saw, as basedOn or in the header If-Match, to write over nothing that you have not seen.")
            .Takes().Reads<CommentRequest>().Produces<ApiComment>()
            .Fails(404, "There is no such comment.").Fails(409, "It has another version than basedOn names; current is the comment there is.")
            .Fails(412, "It has another version than If-Match names; current is the comment there is.").Fails(413, "The body is too long.").Fails(415, "The body is not JSON.");
        app.MapDelete(ApiSetup.Root + "/comments/{comment}", (string comment, HttpContext context, CommentService comments) => comments.Find(comment) is not { DeletedUtc: null } ? NoSuch(comment)
                : ApiProblems.Try(() =>
                {
                    comments.Delete(comment, context.User.ToActor());
                    return Results.NoContent();
                }, StatusCodes.Status400BadRequest))
            .Says("deleteComment", "Deletes a comment of yours", "restore undoes it. One whose author is of another data folder can be deleted by anyone here.").Takes().Produces(204).Fails(404, "There is no such comment.");
        app.MapPost(ApiSetup.Root + "/comments/{comment}/restore", (string comment, HttpContext context, CommentService comments, ICatalog catalog) => comments.Find(comment) is null ? NoSuch(comment)
                : ApiProblems.Try(() =>
                {
                    comments.Restore(comment, context.User.ToActor());
                    return Answer(context, comments.Find(comment)!, catalog);
                }, StatusCodes.Status400BadRequest))
            .Says("restoreComment", "Brings a deleted comment of yours back").Takes().Produces<ApiComment>().Fails(404, "There never was such a comment.");
    }

    private static async Task<IResult> AddAsync(string sae, int index, HttpContext context, FeatureCatalog features, ICatalog catalog, CommentService comments)
    {
        var (body, problem) = await ApiBody.ReadAsync<CommentRequest>(context, MaxBytes, "a comment", Example);
        if (problem is not null) return problem;
        return FeatureResource.WithFeature(features, catalog, sae, index, set => ApiProblems.Try(() =>
        {
            var made = comments.Add(new FeatureKey(set.SaeHash, index), body!.Text, Anchor(body.Clip, set), context.User.ToActor());
            return Results.Created(ApiComment.AddressOf(made.Id), ApiComment.Of(made, catalog));
        }, StatusCodes.Status400BadRequest));
    }

    private static async Task<IResult> EditAsync(string comment, HttpContext context, CommentService comments, FeatureCatalog features, ICatalog catalog)
    {
        var (body, problem) = await ApiBody.ReadAsync<CommentRequest>(context, MaxBytes, "a comment", Example);
        if (problem is not null) return problem;
        if (!ApiBody.IfMatch(context.Request, out var seen)) return ApiProblems.Refused("The header If-Match names a version, such as \"1\" with its quotation marks.");
        if (comments.Find(comment) is not { DeletedUtc: null } before) return NoSuch(comment);
        return ApiProblems.Try(() =>
        {
            try
            {
                return Answer(context, comments.Edit(comment, body!.Text, Anchor(body.Clip, before, features, catalog), context.User.ToActor(), (int?)seen ?? body.BasedOn), catalog);
            }
            catch (CommentConflictException conflict)
            {
                var now = ApiComment.Of(conflict.Current, catalog);
                var why = $"This comment was edited in another window: it now says “{Short(now.Text)}”.";
                return seen is not null ? ApiProblems.PreconditionFailed(why, now) : ApiProblems.Conflict(why, now);
            }
        }, StatusCodes.Status400BadRequest);
    }

    /// <summary>The clip of a request, in the dataset that the features were measured on.</summary>
    /// <exception cref="UserException">There is no such clip, or the span is not within it.</exception>
    private static CommentAnchor? Anchor(CommentSpan? clip, FeatureSet set)
    {
        if (clip is null) return null;
        var anchor = new CommentAnchor(set.Index.Info.DatasetHash, clip.Row, clip.From, clip.To);
        anchor.Check();
        if (set.Clips is not { } clips) return anchor;
        var seconds = set.Clip(clip.Row)?.Seconds ?? throw new UserException(FormattableString.Invariant($"clip.row is {clip.Row}; the dataset has clips 0 to {clips.Clips.Count - 1}."));
        return clip.To <= seconds || clip.To is null ? anchor
            : throw new UserException(FormattableString.Invariant($"clip.to is {clip.To} s; clip {clip.Row} ends at {seconds:0.##} s."));
    }

    private static CommentAnchor? Anchor(CommentSpan? clip, FeatureComment before, FeatureCatalog features, ICatalog catalog)
    {
        if (clip is null) return null;
        // A comment that is about a clip of another dataset keeps to that one; the span alone may change.
        if (before.Anchor is { } anchor && anchor.Row == clip.Row) return anchor with { From = clip.From, To = clip.To };
        return catalog.SaeByHash(before.Key.SaeHash) is { } sae && features.Open(sae.Id) is { } set ? Anchor(clip, set)
            : throw new UserException("The SAE of this comment has no features here, so a clip cannot be looked up. Leave clip as it is, or leave it out.");
    }

    private static IResult Answer(HttpContext context, FeatureComment comment, ICatalog catalog)
    {
        context.Response.Headers.ETag = $"\"{comment.Version.ToString(CultureInfo.InvariantCulture)}\"";
        return Results.Ok(ApiComment.Of(comment, catalog));
    }

    private static IResult NoSuch(string comment) => ApiProblems.NotFound($"There is no comment '{(Ids.IsValid("comment", comment) ? comment : "of that id")}'. It may have been deleted.");

    private static string Short(string text) => text.Length <= 80 ? text : text[..80] + "…";
}

/// <summary>A comment as it is sent.</summary>
/// <param name="Text">What it says; may have several lines. <example>only the last hit</example></param>
/// <param name="Clip">The clip it is about; null: the feature as a whole.</param>
/// <param name="BasedOn">When it is changed: the version that the author saw; null: it is changed whatever is there.</param>
internal sealed record CommentRequest(string Text, CommentSpan? Clip = null, int? BasedOn = null);

/// <summary>A clip, or a span of it.</summary>
/// <param name="Row">The clip's row in the dataset that the features were measured on. <example>12</example></param>
/// <param name="From">Where the span begins, in seconds; null: the whole clip. <example>3.2</example></param>
/// <param name="To">Where it ends, in seconds. <example>5.0</example></param>
internal sealed record CommentSpan(int Row, double? From = null, double? To = null);

/// <summary>A comment on a feature.</summary>
/// <param name="Id">Its id, the same on every machine.</param>
/// <param name="Sae">SHA-256 of the SAE's weights.</param>
/// <param name="Feature">The feature. <example>1337</example></param>
/// <param name="Text">What it says; may have several lines. <example>only the last hit</example></param>
/// <param name="Clip">What it is about; null: the feature as a whole.</param>
/// <param name="Author">Who wrote it.</param>
/// <param name="CreatedUtc">When.</param>
/// <param name="EditedUtc">When it was last edited; null: never.</param>
/// <param name="Version">1, and one more for each edit: for basedOn and If-Match. <example>1</example></param>
public sealed record ApiComment(string Id, string Sae, int Feature, string Text, ApiCommentClip? Clip, string Author, DateTimeOffset CreatedUtc, DateTimeOffset? EditedUtc, int Version)
{
    internal static string AddressOf(string id) => $"{ApiSetup.Root}/comments/{id}";

    internal static ApiComment Of(FeatureComment comment, ICatalog catalog) => new(
        comment.Id, comment.Key.SaeHash, comment.Key.Feature, comment.Text, comment.Anchor is { } anchor ? ApiCommentClip.Of(anchor, catalog) : null, comment.Author, comment.CreatedUtc, comment.EditedUtc, comment.Version);
}

/// <summary>The clip that a comment is about.</summary>
/// <param name="DatasetHash">SHA-256 of the dataset.</param>
/// <param name="Dataset">The dataset's id; null: it is not here.</param>
/// <param name="Row">The clip's row in it. <example>12</example></param>
/// <param name="From">Where the span begins, in seconds; null: the whole clip. <example>3.2</example></param>
/// <param name="To">Where it ends, in seconds. <example>5.0</example></param>
/// <param name="Sound">Address of the WAV file, with the span as a media fragment; null: the dataset is not here. <example>/api/v1/datasets/demo/clips/12.wav#t=3.2,5</example></param>
public sealed record ApiCommentClip(string DatasetHash, string? Dataset, int Row, double? From, double? To, string? Sound)
{
    internal static ApiCommentClip Of(CommentAnchor anchor, ICatalog catalog)
    {
        var dataset = catalog.DatasetByHash(anchor.Dataset)?.Id;
        return new ApiCommentClip(anchor.Dataset, dataset, anchor.Row, anchor.From, anchor.To, dataset is null ? null : "/" + FeatureEndpoints.SoundAddress(dataset, anchor.Row) + CommentService.Fragment(anchor));
    }
}
