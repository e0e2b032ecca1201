using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Storage;
using SaeDashboard.Web.Api;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Identity;

namespace SaeDashboard.Web.Features;

/// <summary>A feature's label over HTTP: the fields in which people type do not wait for a circuit.</summary>
internal static class LabelEndpoints
{
    // A label of 200 and a note of 10,000 characters, each of which may take 12 bytes in JSON.
    private const int MaxBytes = 128 << 10;

    public static void MapLabels(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/v1/saes/{sae}/features/{index:int}/label", Label)
            .Says("getLabel", "The current label of a feature", "The text is empty where there is none. The header ETag names the revision.")
            .Takes().Produces<LabelAnswer>().Fails(404, "There is no such SAE or feature.").Fails(503, "The index cannot be read.");
        app.MapPut("/api/v1/saes/{sae}/features/{index:int}/label", SaveAsync)
            .Says("setLabel", "Sets the label of a feature", "A new revision; an empty text removes the label. To write over nothing that you have not seen, give the revision that you saw: " +
                "as basedOn (0: there was no label), or in the header If-Match.")
            .Takes().Reads<LabelRequest>().Produces<LabelAnswer>()
            .Fails(404, "There is no such SAE or feature.").Fails(409, "The label is not the one that basedOn names; current is the label there is.")
            .Fails(412, "The label is not the one that If-Match names; current is the label there is.").Fails(413, "The body is too long.").Fails(503, "The index cannot be read.");
    }

    /// <summary>The current label.</summary>
    private static IResult Label(string sae, int index, FeatureCatalog features, FeatureLabels labels, HttpContext context) =>
        With(features, sae, index, set => Answer(context, labels.History(new FeatureKey(set.SaeHash, index), context.User.ToActor()) is [var newest, ..] ? newest : null));

    /// <summary>Sets the label. Answers 409 with the label there is when that is not the one the author saw.</summary>
    private static async Task<IResult> SaveAsync(string sae, int index, FeatureCatalog features, FeatureLabels labels, HttpContext context)
    {
        if (await BoundedBody.ReadAsync(context.Request, MaxBytes, context.RequestAborted) is not { } bytes)
            return Results.Problem($"A label and its note have at most {MaxBytes >> 10} KiB.", statusCode: StatusCodes.Status413PayloadTooLarge);
        LabelRequest? request;
        try
        {
            request = JsonSerializer.Deserialize<LabelRequest>(bytes.Span, JsonSerializerOptions.Web);
        }
        catch (JsonException error)
        {
            return Refused($"The label is not valid JSON: {error.Message}");
        }
        if (!ApiBody.IfMatch(context.Request, out var seen)) return Refused("The header If-Match names a revision, such as \"12\" with its quotation marks; \"0\" is that there is no label.");
        if (request?.Text is not { } text) return Refused("The field \"text\" is missing. Expected {\"text\": \"…\", \"note\": \"…\", \"basedOn\": 12}.");
        return With(features, sae, index, set =>
        {
            try
            {
                var basis = new LabelBasis(seen ?? request.BasedOn, KeepsNote: request.Note is null);
                return Answer(context, labels.Name(new FeatureKey(set.SaeHash, index), text, request.Note, context.User.ToActor(), basis));
            }
            catch (LabelConflictException conflict) when (seen is not null)
            {
                return ApiProblems.PreconditionFailed(ConflictText(conflict.Current), LabelAnswer.Of(conflict.Current));
            }
            catch (LabelConflictException conflict)
            {
                return Results.Problem(ConflictText(conflict.Current), statusCode: StatusCodes.Status409Conflict,
                    extensions: new Dictionary<string, object?> { ["current"] = LabelAnswer.Of(conflict.Current) });
            }
            catch (UserException error)
            {
                return Refused(error.Message);
            }
        });
    }

    private static IResult Answer(HttpContext context, LabelRevision? label)
    {
        var answer = LabelAnswer.Of(label);
        context.Response.Headers.ETag = $"\"{answer.Revision.ToString(System.Globalization.CultureInfo.InvariantCulture)}\"";
        return Results.Json(answer);
    }

    private static string ConflictText(LabelRevision current) => current.Text.Length == 0
        ? $"{current.Author} removed this label while you were typing."
        : $"{current.Author} changed this label to “{current.Text}” while you were typing.";

    private static IResult With(FeatureCatalog features, string sae, int index, Func<FeatureSet, IResult> answer)
    {
        try
        {
            return features.Open(sae) is { } set && (uint)index < (uint)set.Index.Count ? answer(set)
                : Results.Problem($"The SAE '{sae}' has no feature {index}.", statusCode: StatusCodes.Status404NotFound);
        }
        catch (UserException error)
        {
            return Results.Problem(error.Message, statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    private static IResult Refused(string why) => Results.Problem(why, statusCode: StatusCodes.Status400BadRequest);
}

/// <summary>A label as the browser sends it.</summary>
/// <param name="Text">The label; empty removes it. <example>taiko drums</example></param>
/// <param name="Note">The note; null: it stays as it is.</param>
/// <param name="BasedOn">The revision its author saw; 0: there was none; null: the label is set whatever is there.</param>
internal sealed record LabelRequest(string? Text, string? Note, long? BasedOn);

/// <summary>A label as the browser gets it.</summary>
/// <param name="Text">The label; empty: there is none.</param>
/// <param name="Note">The note.</param>
/// <param name="Revision">Its revision; 0: there is no label.</param>
/// <param name="Author">Who wrote it.</param>
internal sealed record LabelAnswer(string Text, string? Note, long Revision, string? Author)
{
    public static LabelAnswer Of(LabelRevision? newest) =>
        newest is { Text.Length: > 0 } label ? new LabelAnswer(label.Text, label.Note, label.Id, label.Author) : new LabelAnswer("", null, 0, newest?.Author);
}
