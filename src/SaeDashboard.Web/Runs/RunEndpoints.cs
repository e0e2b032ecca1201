using System.Globalization;
using System.Text;
using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Runs;
using SaeDashboard.Web.Api;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Jobs;

namespace SaeDashboard.Web.Runs;

/// <summary>The curves of runs for other programs.</summary>
internal static class RunEndpoints
{
    /// <summary>Runs of one table: a sweep's largest number.</summary>
    private const int MaxRuns = SweepGrid.MostRuns;

    private const int LongestIds = 16_000;

    public static void MapRunEndpoints(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/v1/runs/{id}/metrics.json", (string id, DataRoot root) => Try(() =>
                Lines(id, root) is { } lines ? Results.Json(lines.Select(Shown), JsonDefaults.Lines) : NotFound(id)))
            .Says("getMetrics", "Every value that a run has logged", "One object for each line of its log: step, then the series by name; null where a value was not finite.")
            .Takes().Produces<IReadOnlyList<Dictionary<string, JsonElement>>>().Fails(404, "There is no such run.").Fails(503, "The log cannot be read.");
        app.MapGet("/api/v1/runs/{id}/metrics.csv", (string id, DataRoot root) => Try(() =>
                Lines(id, root) is { } lines ? Csv([(id, lines)], named: false, $"{id}.csv") : NotFound(id)))
            .Says("getMetricsCsv", "The same as a table of comma-separated values").Takes().Sends(200, "text/csv", "A table with a head: step, columns, seconds, then the series.")
            .Fails(404, "There is no such run.").Fails(503, "The log cannot be read.");
        app.MapGet("/api/v1/runs/{id}/direction.json", (string id, IRunRegistry registry, Studio.MeasuredDirections directions) => Try(() =>
                registry.Find(id) is { Plan.Kind: RunKind.Direction, Status.State: RunState.Done } run ? Results.Json(directions.Read(run, null), JsonDefaults.Lines) : NotFound(id, "No run that has measured a difference of means")))
            .Says("getDirection", "The difference of means that a run has measured", "What a take's controls.diffMean and generate take.").Takes().Produces<TakeDirection>()
            .Fails(404, "There is no such run, or it has measured none.").Fails(503, "The file cannot be read.");
        app.MapGet("/api/v1/runs/metrics.csv", (string? runs, DataRoot root) => Try(() =>
            {
                var ids = RunSelection.Ids(runs);
                if (ids.Count is 0 or > MaxRuns)
                    return Results.Problem(statusCode: StatusCodes.Status400BadRequest, title: "Which runs?", detail: $"?runs= takes 1 to {MaxRuns} run ids, separated by commas.");
                if (ids.FirstOrDefault(id => Folder(id, root) is null) is { } gone) return NotFound(gone);
                return Csv([.. ids.Select(id => (id, Lines(id, root) ?? []))], named: true, "runs.csv");
            }))
            .Says("getRunsCsv", "The values of several runs as one table").Takes(ApiParameter.Text("runs", $"1 to {MaxRuns} ids of runs, separated by commas.", LongestIds))
            .Sends(200, "text/csv", "A table with a head: run, step, columns, seconds, then the series.").Fails(404, "There is no run of one of the ids.").Fails(503, "A log cannot be read.");
    }

    private static IResult Csv(IReadOnlyList<(string Run, IReadOnlyList<MetricLine> Lines)> runs, bool named, string name) => Results.Stream(
        async body =>
        {
            await using var writer = new StreamWriter(body, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), bufferSize: 1 << 16, leaveOpen: true);
            await MetricsCsv.WriteAsync(writer, runs, named);
        },
        "text/csv; charset=utf-8", name);

    /// <summary>The lines of a run, read before the answer begins: what cannot be read is then an error and not half a file. Null: the run does not exist.</summary>
    private static IReadOnlyList<MetricLine>? Lines(string id, DataRoot root) =>
        Folder(id, root) is { } folder ? MetricLine.Read(Path.Combine(folder, "metrics.jsonl")) : null;

    /// <summary>A damaged line is an object too, with the problem in place of the values.</summary>
    private static object Shown(MetricLine line) => line.Value is { } value ? value : new { line = line.Number, line.Problem };

    private static IResult Try(Func<IResult> answer)
    {
        try
        {
            return answer();
        }
        catch (UserException error)
        {
            return Results.Problem(error.Message, statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    private static string? Folder(string id, DataRoot root) =>
        RunPlaces.Find(root, id) is { } folder && Directory.Exists(folder) && root.Allows(Path.Combine(folder, "metrics.jsonl")) ? folder : null;

    private static IResult NotFound(string id, string what = "No run") => Results.Problem(
        statusCode: StatusCodes.Status404NotFound, title: "Run not found",
        detail: string.Create(CultureInfo.InvariantCulture, $"{what} has the id '{id}'. /runs lists all runs."));
}
