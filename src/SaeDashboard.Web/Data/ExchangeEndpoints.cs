using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.Storage;
using SaeDashboard.Web.Annotation;
using SaeDashboard.Web.Api;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Identity;
using SaeDashboard.Web.Presets;
using SaeDashboard.Web.Studio;

namespace SaeDashboard.Web.Data;

/// <summary>Labels, ratings, comments, lists, views, presets and what people say of them and of takes as one file of JSON Lines, to take away and to bring (docs/exchange.md).</summary>
internal static class ExchangeEndpoints
{
    public const string MediaType = "application/jsonl";

    public static void MapExchange(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/v1/export", (string? sae, string? preset, HttpContext context, DataExport export, TimeProvider clock) => preset is { Length: > 0 }
                ? ExportPreset(export, clock.GetUtcNow(), context.User.ToActor(), preset) : Export(export, clock.GetUtcNow(), context.User.ToActor(), sae))
            .Says("export", "Everything people wrote, as JSON Lines", "Labels with every revision and rating, comments, lists, views, queues with their annotations, presets with their stars, tags, comments and links, and names, stars and blind tests of takes: docs/exchange.md describes the lines.")
            .Takes(ApiParameter.Text("sae", "SHA-256 of the weights of the only SAE to export.", 64), ApiParameter.Text("preset", "The id of one preset: it alone is sent, with what people say of it.", 100))
            .Sends(200, MediaType, "One JSON object a line.").Fails(404, "There is no such preset.");
        app.MapPost("/api/v1/import", ImportAsync)
            .Says("import", "Imports such a file: all of it, or nothing", "Votes of queues that are here are read too, as JSON Lines, CSV or Label Studio's JSON. The same file again changes nothing.").Takes(ApiParameter.Text("file", "The file's name, for messages.", 400))
            .Reads<Stream>(MediaType).Produces<ImportAnswer>().Fails(413, "The file is too long.");
    }

    /// <summary>An exported file's name: labels-20261123-101502.jsonl.</summary>
    public static string FileName(DateTimeOffset now) => string.Create(CultureInfo.InvariantCulture, $"labels-{now.UtcDateTime:yyyyMMdd-HHmmss}.jsonl");

    /// <summary>What an import did, for a person: “3 labels, 2 ratings and 1 preset are new; 4 lines changed nothing.”</summary>
    public static string Message(ImportResult result)
    {
        var parts = new List<string> { Count(result.Labels, "label"), Count(result.Ratings, "rating") };
        foreach (var (number, what) in new[] { (result.Comments, "comment"), (result.Lists, "list"), (result.Views, "view"), (result.Queues, "queue"), (result.Annotations, "annotation") })
            if (number > 0) parts.Add(Count(number, what));
        if (result.PresetTalk > 0) parts.Add($"{Count(result.PresetTalk, "mark")} of presets (stars, tags, comments, links)");
        if (result.Takes > 0) parts.Add($"names, stars and blind tests of {Count(result.Takes, "take")}");
        return $"{string.Join(", ", parts)} and {Count(result.Presets, "preset")} are new; {Count(result.Known, "line")} changed nothing.";
    }

    private static string Count(int number, string what) => string.Create(CultureInfo.InvariantCulture, $"{number:N0} {what}{(number == 1 ? "" : "s")}");

    private static IResult Export(DataExport export, DateTimeOffset now, Actor reader, string? saeHash)
    {
        // Whole before the first byte is sent: what fails answers an error, not half a file.
        var content = new MemoryStream();
        export.Write(content, now, reader, saeHash is { Length: > 0 } ? saeHash : null);
        content.Position = 0;
        return Results.File(content, MediaType, FileName(now));
    }

    private static IResult ExportPreset(DataExport export, DateTimeOffset now, Actor reader, string preset)
    {
        var content = new MemoryStream();
        if (!export.WritePreset(content, now, reader, preset)) return PresetEndpoints.NoSuchPreset(preset);
        content.Position = 0;
        return Results.File(content, MediaType, string.Create(CultureInfo.InvariantCulture, $"{preset}.jsonl"));
    }

    private static async Task<IResult> ImportAsync(string? file, HttpContext context, ImportFormats import)
    {
        var name = PresetNames.File(file);
        if (await BoundedBody.ReadAsync(context.Request, DataImport.MaxBytes, context.RequestAborted) is not { } bytes)
            return Results.Problem(FormattableString.Invariant($"{name} is larger than {DataImport.MaxBytes >> 20} MiB, the limit for an import."), statusCode: StatusCodes.Status413PayloadTooLarge);
        try
        {
            var result = import.Read(ImportFormats.Of(bytes.Span), bytes, name, context.User.ToActor());
            return Results.Json(ImportAnswer.Of(result));
        }
        catch (UserException error)
        {
            return Results.Problem(error.Message, statusCode: StatusCodes.Status400BadRequest);
        }
    }
}

/// <summary>What an import did.</summary>
/// <param name="Labels">Revisions of labels that were not here.</param>
/// <param name="Ratings">Ratings that were not here, or are newer.</param>
/// <param name="Comments">Comments that were not here, or are newer.</param>
/// <param name="Lists">Lists of features that were not here, or are newer.</param>
/// <param name="Views">Saved views that were not here.</param>
/// <param name="Presets">Presets that were not here.</param>
/// <param name="Known">Lines that changed nothing.</param>
/// <param name="Message">The same in words.</param>
internal sealed record ImportAnswer(int Labels, int Ratings, int Comments, int Lists, int Views, int Presets, int Known, string Message)
{
    public static ImportAnswer Of(ImportResult result) =>
        new(result.Labels, result.Ratings, result.Comments, result.Lists, result.Views, result.Presets, result.Known, ExchangeEndpoints.Message(result)) { Queues = result.Queues, Annotations = result.Annotations, PresetTalk = result.PresetTalk, Takes = result.Takes };

    /// <summary>Annotation queues that were not here, or are newer.</summary>
    public int Queues { get; init; }

    /// <summary>Annotations that were not here, or were withdrawn since.</summary>
    public int Annotations { get; init; }

    /// <summary>Stars, tags, comments and links of presets that were not here, or are newer.</summary>
    public int PresetTalk { get; init; }

    /// <summary>Takes of which names, stars or blind tests were not here.</summary>
    public int Takes { get; init; }
}

/// <summary>Takes files in and tells the pages that show what they changed.</summary>
internal sealed class Imports(DataImport import, IStoreAccess store, FeatureLabels labels, FeatureLists lists, PresetService presets, CommentService comments, Annotation.AnnotationService annotations, TakeService takes)
{
    /// <inheritdoc cref="DataImport.Read"/>
    /// <exception cref="UserException">As there; nothing of it was kept.</exception>
    public ImportResult Read(ReadOnlyMemory<byte> content, string file, Actor actor)
    {
        var result = store.Write(() => import.Read(content, file, actor));
        foreach (var feature in result.Features) labels.Announce(feature);
        if (result.Lists + result.Views > 0) lists.Announce();
        if (result.Presets + result.PresetTalk > 0) presets.Announce();
        if (result.Takes > 0) takes.Announce();
        if (result.Queues + result.Annotations > 0) foreach (var queue in annotations.Queues()) annotations.Announce(queue.Id);
        if (result.Comments > 0) foreach (var feature in result.Commented) comments.Announce(feature);
        return result;
    }
}
