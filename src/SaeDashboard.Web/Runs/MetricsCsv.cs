using System.Text.Json;
using SaeDashboard.Web.Http;

namespace SaeDashboard.Web.Runs;

/// <summary>
/// Every series of runs as one table, a line of metrics.jsonl a row: step, columns, seconds, then every other number in the order of its first
/// appearance. What is not known, or was not finite, is empty; what a resume took back is left out. When a line is damaged there is a last
/// column "problem", which says so in the line's place.
/// </summary>
internal static class MetricsCsv
{
    private static readonly string[] First = ["step", "columns", "seconds"];

    /// <param name="writer">Where the table goes.</param>
    /// <param name="runs">The lines of each run by the run's id.</param>
    /// <param name="named">Whether the first column is the run's id.</param>
    public static async Task WriteAsync(TextWriter writer, IReadOnlyList<(string Run, IReadOnlyList<MetricLine> Lines)> runs, bool named)
    {
        var names = Names(runs.SelectMany(run => run.Lines));
        var problems = runs.Any(run => run.Lines.Any(line => line.Problem is not null));
        await writer.WriteAsync($"{(named ? "run," : "")}{string.Join(',', names.Select(CsvField.Text))}{(problems ? ",problem" : "")}\n");
        foreach (var (run, lines) in runs)
        {
            foreach (var line in lines)
            {
                if (named) await writer.WriteAsync($"{CsvField.Text(run)},");
                await writer.WriteAsync(string.Join(',', names.Select(name => Cell(line, name))));
                if (problems) await writer.WriteAsync($",{CsvField.Text(line.Problem ?? "")}");
                await writer.WriteAsync('\n');
            }
        }
    }

    private static List<string> Names(IEnumerable<MetricLine> lines)
    {
        var names = new List<string>(First);
        var known = new HashSet<string>(First);
        foreach (var line in lines)
        {
            if (line.Value is not { } value) continue;
            foreach (var member in value.EnumerateObject())
                if (member.Value.ValueKind is JsonValueKind.Number or JsonValueKind.Null && known.Add(member.Name)) names.Add(member.Name);
        }
        return names;
    }

    private static string Cell(MetricLine line, string name) =>
        line.Value is { } values && values.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetRawText() : "";
}
