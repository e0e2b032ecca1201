using System.Globalization;
using System.Text;
using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Runs;

/// <summary>The curves of runs for other programs.</summary>
internal static class RunEndpoints
{
    /// <summary>Runs of one table: a sweep's largest number.</summary>
    private const int MostRuns = SweepGrid.MostRuns;

    public static void MapRunEndpoints(this WebApplication app)
    {
        app.MapGet("/api/v1/runs/{id}/metrics.json", (string id, DataRoot root) =>
            Lines(id, root) is { } lines ? Results.Json(lines, JsonDefaults.Lines) : NotFound(id));
        app.MapGet("/api/v1/runs/{id}/metrics.csv", (string id, DataRoot root) =>
            Folder(id, root) is { } folder ? Csv([(id, folder)], named: false, $"{id}.csv") : NotFound(id));
        app.MapGet("/api/v1/runs/metrics.csv", (string? runs, DataRoot root) =>
        {
            var ids = RunSelection.Ids(runs);
            if (ids.Count is 0 or > MostRuns)
                return Results.Problem(statusCode: StatusCodes.Status400BadRequest, title: "Which runs?", detail: $"?runs= wants 1 to {MostRuns} ids of runs with commas between.");
            return ids.FirstOrDefault(id => Folder(id, root) is null) is { } gone ? NotFound(gone) : Csv([.. ids.Select(id => (id, Folder(id, root)!))], named: true, "runs.csv");
        });
    }

    private static IResult Csv(IReadOnlyList<(string Run, string Folder)> runs, bool named, string name) => Results.Stream(
        async body =>
        {
            await using var writer = new StreamWriter(body, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), bufferSize: 1 << 16, leaveOpen: true);
            await MetricsCsv.WriteAsync(writer, [.. runs.Select(run => (run.Run, Path.Combine(run.Folder, "metrics.jsonl")))], named);
        },
        "text/csv; charset=utf-8", name);

    private static IReadOnlyList<JsonElement>? Lines(string id, DataRoot root)
    {
        if (Folder(id, root) is not { } folder) return null;
        var file = Path.Combine(folder, "metrics.jsonl");
        return File.Exists(file) ? RunMetrics.Read(file) : [];
    }

    private static string? Folder(string id, DataRoot root) =>
        Ids.IsValid("run", id) && Path.Combine(root.Runs, id) is var folder && Directory.Exists(folder) && root.Allows(Path.Combine(folder, "metrics.jsonl")) ? folder : null;

    private static IResult NotFound(string id) => Results.Problem(
        statusCode: StatusCodes.Status404NotFound, title: "There is no such run",
        detail: string.Create(CultureInfo.InvariantCulture, $"No run is named '{id}'. /runs lists those there are."));
}
