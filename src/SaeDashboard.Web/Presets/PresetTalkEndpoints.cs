using SaeDashboard.Storage;
using SaeDashboard.Web.Api;
using SaeDashboard.Web.Identity;

namespace SaeDashboard.Web.Presets;

/// <summary>Stars, tags, comments and links of presets.</summary>
internal static class PresetTalkEndpoints
{
    private const int MaxBytes = 64 << 10;

    public static void MapPresetTalk(this IEndpointRouteBuilder presets)
    {
        presets.MapPut("{id}/stars", (string id, HttpContext context, PresetService repository, PresetTalk talk) => ChangeAsync<PresetStars>(id, context, repository, "stars", """{"stars": 4}""", (body, _) => talk.Rate(id, body.Stars, context.User.ToActor())))
            .Needs(Access.Annotate).Says("ratePreset", "Sets your stars of a preset; null takes them away").Takes().Reads<PresetStars>().Produces<ApiPreset>().Fails(404, "There is no such preset.").Fails(413, "The body is too long.").Fails(415, "The body is not JSON.");
        presets.MapPut("{id}/tags", (string id, HttpContext context, PresetService repository, PresetTalk talk) => ChangeAsync<PresetTags>(id, context, repository, "tags", """{"add": ["drums"], "remove": []}""", (body, _) => talk.Tag(id, body.Add ?? [], body.Remove ?? [], context.User.ToActor())))
            .Needs(Access.Annotate).Says("tagPreset", "Adds and removes tags of a preset").Takes().Reads<PresetTags>().Produces<ApiPreset>().Fails(404, "There is no such preset.").Fails(413, "The body is too long.").Fails(415, "The body is not JSON.");
        presets.MapGet("{id}/comments", (string id, HttpContext context, PresetService repository, PresetTalk talk) => PresetEndpoints.With(repository, id, context, _ => Results.Ok(ApiPaging.Of(context, talk.Comments(id), ApiPresetComment.Of))))
            .Says("listPresetComments", "The comments on a preset, oldest first").Lists<ApiPresetComment>().Fails(404, "There is no such preset.");
        presets.MapPost("{id}/comments", (string id, HttpContext context, PresetService repository, PresetTalk talk) => CommentAsync(id, context, repository, (body, actor) =>
                Results.Created((string?)null, ApiPresetComment.Of(talk.Add(id, body.Text, body.At, actor)))))
            .Needs(Access.Annotate).Says("addPresetComment", "Adds a comment to a preset", "With at it is about a moment of the sound, in seconds.").Takes().Reads<PresetCommentRequest>().Produces<ApiPresetComment>(201)
            .Fails(404, "There is no such preset.").Fails(413, "The body is too long.").Fails(415, "The body is not JSON.");
        presets.MapPut("{id}/comments/{comment}", (string id, string comment, HttpContext context, PresetService repository, PresetTalk talk) => CommentAsync(id, context, repository, (body, actor) =>
                IsOn(talk, comment, id) ? Results.Ok(ApiPresetComment.Of(talk.Edit(comment, body.Text, body.At, body.BasedOn, actor))) : NoSuchComment(comment)))
            .Needs(Access.Annotate).Says("editPresetComment", "Changes a comment of yours on a preset").Takes().Reads<PresetCommentRequest>().Produces<ApiPresetComment>()
            .Fails(404, "There is no such preset or comment.").Fails(413, "The body is too long.").Fails(415, "The body is not JSON.");
        presets.MapDelete("{id}/comments/{comment}", (string id, string comment, HttpContext context, PresetService repository, PresetTalk talk) => PresetEndpoints.With(repository, id, context, _ =>
            {
                if (!IsOn(talk, comment, id)) return NoSuchComment(comment);
                talk.Delete(comment, context.User.ToActor());
                return Results.NoContent();
            }))
            .Needs(Access.Annotate).Says("deletePresetComment", "Deletes a comment on a preset").Takes().Produces(204).Fails(404, "There is no such preset or comment.");
        presets.MapGet("{id}/links", (string id, HttpContext context, PresetService repository, PresetTalk talk) => PresetEndpoints.With(repository, id, context, stored =>
                Results.Ok(ApiPaging.Of(context, PresetService.IsOf(stored, context.User.ToActor()) ? talk.Links(id) : [], ApiPresetLink.Of))))
            .Says("listPresetLinks", "The links to a preset of yours, the newest first, revoked ones included").Lists<ApiPresetLink>().Fails(404, "There is no such preset.");
        presets.MapPost("{id}/links", (string id, HttpContext context, PresetService repository, PresetTalk talk) => PresetEndpoints.With(repository, id, context, stored =>
            {
                var word = talk.AddLink(stored, context.User.ToActor());
                return Results.Created("/" + PresetTalk.PageOf(word), ApiPresetLink.Of(talk.Links(id).First(link => link.Word == word)));
            }))
            .Says("addPresetLink", "Makes a link that opens a preset of yours", "Who has it hears the preset; it can be revoked.").Takes().Produces<ApiPresetLink>(201).Fails(404, "There is no such preset.");
        presets.MapDelete("{id}/links/{word}", (string id, string word, HttpContext context, PresetService repository, PresetTalk talk) => PresetEndpoints.With(repository, id, context, stored =>
            {
                talk.Revoke(stored, word, context.User.ToActor());
                return Results.NoContent();
            }))
            .Says("revokePresetLink", "Revokes a link to a preset of yours").Takes().Produces(204).Fails(404, "There is no such preset.");
    }

    private static bool IsOn(PresetTalk talk, string comment, string preset) => talk.Comment(comment) is { DeletedUtc: null } found && found.PresetId == preset;

    private static async Task<IResult> ChangeAsync<T>(string id, HttpContext context, PresetService repository, string what, string example, Action<T, StoredPreset> change) where T : class
    {
        var (body, problem) = await ApiBody.ReadAsync<T>(context, MaxBytes, what, example);
        return problem ?? PresetEndpoints.With(repository, id, context, stored =>
        {
            change(body!, stored);
            return Results.Ok(ApiPreset.Of(repository.List.First(row => row.Id == id)));
        });
    }

    private static async Task<IResult> CommentAsync(string id, HttpContext context, PresetService repository, Func<PresetCommentRequest, Actor, IResult> answer)
    {
        var (body, problem) = await ApiBody.ReadAsync<PresetCommentRequest>(context, MaxBytes, "a comment", """{"text": "the second hit", "at": 1.5}""");
        return problem ?? PresetEndpoints.With(repository, id, context, _ => answer(body!, context.User.ToActor()));
    }

    private static IResult NoSuchComment(string comment) => ApiProblems.NotFound($"There is no comment “{PresetNames.File(comment)}” on this preset.");
}

/// <summary>A person's stars.</summary>
/// <param name="Stars">1 to 5; null: none.</param>
public sealed record PresetStars(int? Stars);

/// <summary>Tags to add and to remove.</summary>
/// <param name="Add">Tags to add; may be missing.</param>
/// <param name="Remove">Tags to remove; may be missing.</param>
public sealed record PresetTags(IReadOnlyList<string>? Add = null, IReadOnlyList<string>? Remove = null);

/// <summary>A comment as a person writes it.</summary>
/// <param name="Text">What it says.</param>
/// <param name="At">The moment of the sound that it is about, in seconds; missing: the whole.</param>
/// <param name="BasedOn">Of an edit: the version that was seen; missing: it is written whatever is there.</param>
public sealed record PresetCommentRequest(string Text, double? At = null, int? BasedOn = null);

/// <summary>A comment on a preset.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Text">What it says.</param>
/// <param name="At">The moment of the sound that it is about, in seconds; null: the whole.</param>
/// <param name="Author">Who wrote it.</param>
/// <param name="CreatedUtc">When.</param>
/// <param name="Version">1, and one more for each edit.</param>
/// <param name="EditedUtc">When it was last edited; null: never.</param>
public sealed record ApiPresetComment(string Id, string Text, double? At, string Author, DateTimeOffset CreatedUtc, int Version, DateTimeOffset? EditedUtc)
{
    internal static ApiPresetComment Of(PresetComment comment) => new(comment.Id, comment.Text, comment.At, comment.Author, comment.CreatedUtc, comment.Version, comment.EditedUtc);
}

/// <summary>A link that opens a preset.</summary>
/// <param name="Word">The random word in it.</param>
/// <param name="Page">Its page, from the site's root.</param>
/// <param name="Author">Who made it.</param>
/// <param name="CreatedUtc">When.</param>
/// <param name="RevokedUtc">When it was revoked; null: it opens the preset.</param>
public sealed record ApiPresetLink(string Word, string Page, string Author, DateTimeOffset CreatedUtc, DateTimeOffset? RevokedUtc)
{
    internal static ApiPresetLink Of(PresetLink link) => new(link.Word, "/" + PresetTalk.PageOf(link.Word), link.Author, link.CreatedUtc, link.RevokedUtc);
}
