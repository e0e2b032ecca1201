using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SaeDashboard.Core;
using SaeDashboard.Storage;
using SaeDashboard.Web.Api;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Identity;

namespace SaeDashboard.Web.Annotation;

/// <summary>Annotations as Label Studio's JSON and comments as Audacity's label tracks, to take away and to bring: all of a file, or nothing.</summary>
internal static class OtherFormats
{
    // 2,000 labels of 4,000 characters would be 8 MB; a label track is much shorter.
    private const int MaxTrack = 4 << 20;

    private static readonly ApiParameter Feature = ApiParameter.Whole("feature", "The feature of labels that name none.", 0, PresetLimits.MaxFeature);

    public static void MapOtherFormats(this IEndpointRouteBuilder app)
    {
        app.MapGet(ApiSetup.Root + "/queues/{queue}/label-studio.json", (string queue, HttpContext context, AnnotationService annotations, DataExport export, LabelStudioItems items, TimeProvider clock) =>
                QueueResource.With(annotations, queue, found =>
                {
                    using var lines = new MemoryStream();
                    export.Write(lines, clock.GetUtcNow(), context.User.ToActor(), found.Content.SaeHash);
                    var tasks = LabelStudio.Export(lines.ToArray(), found, items.Of(found, context.Request));
                    return Results.File(JsonSerializer.SerializeToUtf8Bytes(tasks, JsonDefaults.Data), "application/json", $"{found.Id}.json");
                }))
            .Says("exportLabelStudio", "The items of a queue with everything that was said, as Label Studio's JSON", "A list of tasks, to be imported into a project with the configuration of label-studio.xml.").Takes()
            .Produces<JsonElement>().Fails(404, "There is no such queue.").Fails(503, "The index is being read, or cannot be read.");
        app.MapGet(ApiSetup.Root + "/queues/{queue}/label-studio.xml", (string queue, HttpContext context, AnnotationService annotations, LabelStudioItems items) => QueueResource.With(annotations, queue, found =>
            {
                var item = items.Of(found, context.Request);
                return Results.Text(LabelStudio.Configuration(Math.Max(1, found.Content.Features.Take(100).Max(feature => item(feature).Clips.Count))), "application/xml", Encoding.UTF8);
            }))
            .Says("getLabelStudioConfiguration", "The labelling configuration of a Label Studio project for a queue").Takes().Sends(200, "application/xml", "The configuration.")
            .Fails(404, "There is no such queue.").Fails(503, "The index is being read, or cannot be read.");
        app.MapPost(ApiSetup.Root + "/queues/{queue}/label-studio.json", ImportLabelStudioAsync)
            .Needs(Access.Research).Says("importLabelStudio", "Imports Label Studio's JSON of a queue: all of it, or nothing", "The same file again changes nothing. It writes no labels.").Takes().Reads<Stream>().Produces<ImportAnswer>()
            .Fails(404, "There is no such queue.").Fails(413, "The file is too long.");
        app.MapGet(ApiSetup.Root + "/saes/{sae}/clips/{row:int}/labels.txt", (string sae, int row, FeatureCatalog features, ICatalog catalog, CommentService comments) => WithClip(features, catalog, sae, row, (set, seconds) =>
                Results.Text(AudacityLabels.Export(comments.OfSae(set.SaeHash), set.Index.Info.DatasetHash, row, seconds), "text/plain", Encoding.UTF8)))
            .Says("exportAudacityLabels", "The comments on a clip as an Audacity label track", "A line a comment: start and end in seconds and the text, separated by tabs; the text begins with the feature, such as #1337.").Takes()
            .Sends(200, "text/plain", "The label track.").Fails(404, "There is no such SAE or clip.").Fails(503, "The index is being read, or cannot be read.");
        app.MapPost(ApiSetup.Root + "/saes/{sae}/clips/{row:int}/labels.txt", ImportTrackAsync)
            .Needs(Access.Research).Says("importAudacityLabels", "Adds the labels of an Audacity label track as comments on a clip: all of them, or nothing", "A label that is there already is not added again.").Takes(Feature).Reads<Stream>("text/plain").Produces<ImportAnswer>()
            .Fails(404, "There is no such SAE or clip.").Fails(413, "The file is too long.").Fails(503, "The index is being read, or cannot be read.");
    }

    private static async Task<IResult> ImportLabelStudioAsync(string queue, HttpContext context, AnnotationService annotations, ImportFormats imports)
    {
        if (await BoundedBody.ReadAsync(context.Request, DataImport.MaxBytes, context.RequestAborted) is not { } bytes)
            return ApiProblems.TooLarge($"The file is larger than {DataImport.MaxBytes >> 20} MiB, the limit for an import.");
        var actor = context.User.ToActor();
        return QueueResource.With(annotations, queue, found => ApiProblems.Try(() =>
            Results.Ok(ImportAnswer.Of(imports.Read(ImportFormat.LabelStudio, bytes, "label-studio.json", actor, found))), StatusCodes.Status400BadRequest));
    }

    private static async Task<IResult> ImportTrackAsync(string sae, int row, HttpContext context, FeatureCatalog features, ICatalog catalog, CommentService comments, Imports imports, TimeProvider clock)
    {
        if (await BoundedBody.ReadAsync(context.Request, MaxTrack, context.RequestAborted) is not { } bytes) return ApiProblems.TooLarge($"The file is larger than {MaxTrack >> 20} MiB, the most for a label track.");
        var actor = context.User.ToActor();
        var feature = new ApiQuery(context.Request).Raw(Feature) is { } number ? int.Parse(number, CultureInfo.InvariantCulture) : (int?)null;
        return WithClip(features, catalog, sae, row, (set, seconds) => ApiProblems.Try(() =>
        {
            var labels = AudacityLabels.Read(Utf8(bytes), feature, set.Index.Count, seconds);
            var dataset = set.Index.Info.DatasetHash;
            var there = comments.OfSae(set.SaeHash).Where(comment => comment.Anchor is { } anchor && anchor.Dataset == dataset && anchor.Row == row)
                .Select(comment => Key(comment.Key.Feature, comment.Anchor!.From ?? 0, comment.Anchor.To ?? seconds, comment.Text)).ToHashSet(StringComparer.Ordinal);
            SpanLabel[] added = [.. labels.Where(label => there.Add(Key(label.Feature, label.From, label.To, label.Text)))];
            var result = added.Length == 0 ? new ImportResult(0, 0, 0, 0) : imports.Read(Lines(added, set.SaeHash, dataset, row, actor, clock.GetUtcNow()), "labels.txt", actor);
            return Results.Ok(ImportAnswer.Of(result with { Known = result.Known + labels.Count - added.Length }));
        }, StatusCodes.Status400BadRequest));
    }

    /// <summary>Comments as an exported file has them.</summary>
    private static byte[] Lines(IEnumerable<SpanLabel> labels, string sae, string dataset, int row, Actor actor, DateTimeOffset now)
    {
        var at = now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        var text = new StringBuilder(new JsonObject { ["export"] = 2, ["site"] = "00000000", ["at"] = at }.ToJsonString());
        foreach (var label in labels)
        {
            var comment = new JsonObject
            {
                ["kind"] = "comment", ["id"] = Ids.New("comment"), ["sae"] = sae, ["feature"] = label.Feature, ["text"] = label.Text, ["by"] = new JsonObject { ["id"] = actor.UserId, ["name"] = actor.Name }, ["at"] = at,
                ["clip"] = new JsonObject { ["dataset"] = dataset, ["row"] = row, ["from"] = label.From, ["to"] = label.To },
            };
            text.Append('\n').Append(comment.ToJsonString());
        }
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static string Key(int feature, double from, double to, string text) => string.Create(CultureInfo.InvariantCulture, $"{feature}|{from:F6}|{to:F6}|{AudacityLabels.OneLine(text)}");

    private static string Utf8(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(bytes.Span);
        }
        catch (ArgumentException error)
        {
            throw new UserException("The file is not text in UTF-8.", error);
        }
    }

    private static IResult WithClip(FeatureCatalog features, ICatalog catalog, string sae, int row, Func<FeatureSet, double, IResult> answer) => FeatureResource.With(features, catalog, sae, set =>
        set.Clip(row) is { } clip ? answer(set, clip.Seconds) : ApiProblems.NotFound($"The dataset of the SAE '{sae}' has no clip {row}, or is not here."));
}

/// <summary>The clips and the suggestion of an item, for a task of Label Studio.</summary>
internal sealed class LabelStudioItems(FeatureCatalog features, ICatalog catalog)
{
    /// <summary>Gives them for a queue's items; nothing where its SAE or its dataset is not here.</summary>
    public Func<int, (IReadOnlyList<(int Row, string? Sound)> Clips, string? Suggestion)> Of(QueueRow queue, HttpRequest request)
    {
        var set = catalog.SaeByHash(queue.Content.SaeHash) is { } sae ? features.Open(sae.Id) : null;
        if (set is null || set.Index.Info.DatasetHash != queue.Content.DatasetHash) return _ => ([], null);
        // Label Studio fetches the sound, so its address is whole.
        var site = $"{request.Scheme}://{request.Host}{request.PathBase}";
        return feature => (uint)feature >= (uint)set.Index.Count ? ([], null)
            : ([.. HeldOutClips.Of(set, feature, queue.Id, "").OrderBy(clip => clip.Row).Select(clip => (clip.Row, set.DatasetId is { } dataset ? $"{site}/{FeatureEndpoints.SoundAddress(dataset, clip.Row)}" : null))], set.Suggestion(feature)?.Words);
    }
}
