using System.Globalization;
using System.Text;
using System.Text.Json;
using SaeDashboard.Core.Features;
using SaeDashboard.Storage;
using SaeDashboard.Web.Api;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Identity;
using SaeDashboard.Web.Runs;

namespace SaeDashboard.Web.Annotation;

/// <summary>One annotation as a file has it. What is not known is null.</summary>
internal sealed record ExportedAnnotation(
    string Annotation, string Queue, string Sae, string Dataset, int Feature, AnnotationKind Kind, bool Gold, string Person, string Name, DateTimeOffset At, DateTimeOffset? Withdrawn, AnnotationVerdict Verdict, string? Label, string? Shown,
    int? Specificity, IReadOnlyList<string> Tags, string? Note, double Seconds, IReadOnlyList<ExportedVote> Clips);

/// <summary>One vote on a clip.</summary>
/// <param name="Row">The clip's row in the dataset.</param>
/// <param name="Kind">Why the clip was there; null: it is not among the index's examples now.</param>
/// <param name="Activation">The feature's largest activation in it; 0: it does not fire; null: not known.</param>
/// <param name="Vote">The vote.</param>
internal sealed record ExportedVote(int Row, ExampleKind? Kind, float? Activation, ClipJudgement Vote);

/// <summary>Every vote of a queue as JSON Lines, a line an annotation, and as CSV, a line a vote on a clip: with what the clip is, so that people's detection can be scored.</summary>
internal static class VoteExport
{
    private const string Missing = "There is no such queue.";

    public static void MapVoteExport(this IEndpointRouteBuilder app)
    {
        app.MapGet(ApiSetup.Root + "/queues/{queue}/votes.jsonl", (string queue, HttpContext context, AnnotationService annotations, FeatureCatalog features, ICatalog catalog, DataExport export) => QueueResource.With(annotations, queue, found =>
            {
                var rows = Rows(found, annotations, features, catalog, context.User.ToActor(), export);
                return Results.Stream(body => JsonLinesAsync(body, rows, context.RequestAborted), ExchangeEndpoints.MediaType, $"{found.Id}.jsonl");
            }))
            .Says("exportVotesJsonLines", "Everything that was said in a queue, as JSON Lines", "An annotation a line, by time, withdrawn ones included: docs/exchange.md describes the lines.").Takes()
            .Sends(200, ExchangeEndpoints.MediaType, "One annotation a line.").Fails(404, Missing);
        app.MapPost(ApiSetup.Root + "/queues/{queue}/votes.jsonl", (string queue, HttpContext context, AnnotationService annotations, ImportFormats imports) => ImportAsync(ImportFormat.VotesJsonLines, "votes.jsonl", queue, context, annotations, imports))
            .Needs(Access.Research).Says("importVotesJsonLines", "Imports such lines into a queue: all of them, or nothing", "The same file again changes nothing. It writes no labels. What a line leaves out is taken from the queue, from you and from the time.")
            .Takes().Reads<Stream>(ExchangeEndpoints.MediaType).Produces<ImportAnswer>().Fails(404, Missing).Fails(413, "The file is too long.");
        app.MapGet(ApiSetup.Root + "/queues/{queue}/votes.csv", (string queue, HttpContext context, AnnotationService annotations, FeatureCatalog features, ICatalog catalog, DataExport export) => QueueResource.With(annotations, queue, found =>
            {
                var rows = Rows(found, annotations, features, catalog, context.User.ToActor(), export);
                return Results.Stream(async body =>
                {
                    await using var writer = new StreamWriter(body, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), bufferSize: 1 << 16, leaveOpen: true);
                    await CsvAsync(writer, rows);
                }, "text/csv; charset=utf-8", $"{found.Id}.csv");
            }))
            .Says("exportVotesCsv", "Everything that was said in a queue, as CSV", "A vote on a clip a line; an annotation without votes has one line. docs/exchange.md describes the columns.").Takes()
            .Sends(200, "text/csv", "A line of names, then a line a vote.").Fails(404, Missing);
        app.MapPost(ApiSetup.Root + "/queues/{queue}/votes.csv", (string queue, HttpContext context, AnnotationService annotations, ImportFormats imports) => ImportAsync(ImportFormat.VotesCsv, "votes.csv", queue, context, annotations, imports))
            .Needs(Access.Research).Says("importVotesCsv", "Imports such a table into a queue: all of it, or nothing", "The columns feature and verdict are needed, the others may be missing. The same file again changes nothing. It writes no labels.")
            .Takes().Reads<Stream>("text/csv").Produces<ImportAnswer>().Fails(404, Missing).Fails(413, "The file is too long.");
    }

    private static async Task<IResult> ImportAsync(ImportFormat format, string file, string queue, HttpContext context, AnnotationService annotations, ImportFormats imports)
    {
        if (await BoundedBody.ReadAsync(context.Request, DataImport.MaxBytes, context.RequestAborted) is not { } bytes)
            return ApiProblems.TooLarge($"The file is larger than {DataImport.MaxBytes >> 20} MiB, the limit for an import.");
        return QueueResource.With(annotations, queue, found => ApiProblems.Try(() =>
            Results.Ok(ImportAnswer.Of(imports.Read(format, bytes, file, context.User.ToActor(), found))), StatusCodes.Status400BadRequest));
    }

    /// <summary>Everything that was said, by time. Which items are gold is known to the queue's author alone.</summary>
    public static IEnumerable<ExportedAnnotation> Rows(QueueRow queue, AnnotationService annotations, FeatureCatalog features, ICatalog catalog, Actor reader, DataExport export)
    {
        return Rows(queue, annotations.OfQueue(queue.Id), Examples(queue, features, catalog), reader, export);
    }

    /// <summary>The same, of what was said.</summary>
    public static IEnumerable<ExportedAnnotation> Rows(QueueRow queue, IReadOnlyList<AnnotationRow> said, Func<int, int, (ExampleKind, float)?> examples, Actor reader, DataExport export)
    {
        var gold = queue.AuthorId == reader.UserId ? queue.Content.Gold.Select(item => item.Feature).ToHashSet() : [];
        return said.Select(row => new ExportedAnnotation(
            row.Id, queue.Id, queue.Content.SaeHash, queue.Content.DatasetHash, row.Content.Feature, row.Content.Kind, gold.Contains(row.Content.Feature), export.OutsideId(row.AuthorId), row.Author, row.CreatedUtc, row.WithdrawnUtc,
            row.Content.Verdict, row.Content.Label, row.Content.Shown, row.Content.Specificity, row.Content.Tags, row.Content.Note, row.Content.Seconds,
            [.. row.Content.Clips.Select(clip => examples(row.Content.Feature, clip.Row) is (var kind, var activation) ? new ExportedVote(clip.Row, kind, activation, clip.Vote) : new ExportedVote(clip.Row, null, null, clip.Vote))]));
    }

    public static async Task JsonLinesAsync(Stream to, IEnumerable<ExportedAnnotation> rows, CancellationToken ct)
    {
        foreach (var row in rows)
        {
            await JsonSerializer.SerializeAsync(to, row, JsonDefaults.Lines, ct);
            await to.WriteAsync("\n"u8.ToArray(), ct);
        }
    }

    public static async Task CsvAsync(TextWriter writer, IEnumerable<ExportedAnnotation> rows)
    {
        await writer.WriteAsync("annotation,queue,feature,kind,gold,person,name,at,withdrawn,verdict,label,shown,specificity,tags,note,seconds,clip,clipKind,activation,vote\n");
        foreach (var row in rows)
        {
            var head = string.Join(',', row.Annotation, row.Queue, Whole(row.Feature), row.Kind.Name(), row.Gold ? "true" : "false", CsvField.Text(row.Person), CsvField.Text(row.Name), Time(row.At), Time(row.Withdrawn), row.Verdict.Name(),
                CsvField.Text(row.Label ?? ""), CsvField.Text(row.Shown ?? ""), row.Specificity is { } specificity ? Whole(specificity) : "", CsvField.Text(string.Join("; ", row.Tags)), CsvField.Text(row.Note ?? ""), row.Seconds.ToString("R", CultureInfo.InvariantCulture));
            if (row.Clips.Count == 0) await writer.WriteAsync($"{head},,,,\n");
            foreach (var clip in row.Clips)
                await writer.WriteAsync($"{head},{Whole(clip.Row)},{clip.Kind?.Name()},{clip.Activation?.ToString("R", CultureInfo.InvariantCulture)},{clip.Vote.Name()}\n");
        }
    }

    /// <summary>What a clip of a feature is in the index, where that is of the queue's dataset.</summary>
    private static Func<int, int, (ExampleKind, float)?> Examples(QueueRow queue, FeatureCatalog features, ICatalog catalog)
    {
        FeatureSet? set;
        try
        {
            set = catalog.SaeByHash(queue.Content.SaeHash) is { } sae ? features.Open(sae.Id) : null;
        }
        catch (Core.UserException)
        {
            // The votes are there without the index too.
            set = null;
        }
        if (set is null || set.Index.Info.DatasetHash != queue.Content.DatasetHash) return (_, _) => null;
        return (feature, row) => (uint)feature < (uint)set.Index.Count ? HeldOutClips.Find(set, feature, row) : null;
    }

    private static string Whole(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Time(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture) ?? "";
}
