using System.Text.Json;
using SaeDashboard.Web.Http;

namespace SaeDashboard.Web.Runs;

/// <summary>
/// Every series of runs as one table, a row for each step, whichever lines of metrics.jsonl its values are in: step, columns, seconds, then every
/// other number in the order of its first appearance. What is not known, or was not finite, is empty; what a resume took back is left out. When a
/// line is damaged there is a last column "problem", which says so in the line's place.
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
            foreach (var row in Rows(lines))
            {
                if (named) await writer.WriteAsync($"{CsvField.Text(run)},");
                await writer.WriteAsync(string.Join(',', names.Select(name => Cell(row, name))));
                if (problems) await writer.WriteAsync($",{CsvField.Text(row[0].Problem ?? "")}");
                await writer.WriteAsync('\n');
            }
        }
    }

    /// <summary>The lines of each step, which follow each other. A damaged line is a row of its own.</summary>
    private static IEnumerable<List<MetricLine>> Rows(IReadOnlyList<MetricLine> lines)
    {
        var row = new List<MetricLine>();
        foreach (var line in lines)
        {
            if (row.Count > 0 && (line.Step is null || line.Step != row[0].Step))
            {
                yield return row;
                row = [];
            }
            row.Add(line);
        }
        if (row.Count > 0) yield return row;
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

    /// <summary>The newest value of the step.</summary>
    private static string Cell(List<MetricLine> row, string name)
    {
        for (var i = row.Count - 1; i >= 0; i--)
        {
            if (row[i].Value is { } values && values.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number) return value.GetRawText();
        }
        return "";
    }
}
