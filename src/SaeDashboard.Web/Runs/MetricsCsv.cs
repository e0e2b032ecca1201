using System.Text.Json;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Web.Runs;

/// <summary>
/// Every series of runs as one table, a line of metrics.jsonl a row, written as it is read: step, columns, seconds, then every other number
/// in the order of its first appearance. What is not known, or was not finite, is empty; what a resume took back is left out.
/// </summary>
internal static class MetricsCsv
{
    private const string ResumedFrom = "resumedFrom", Step = "step";

    private static readonly string[] First = [Step, "columns", "seconds"];

    /// <param name="writer">Where the table goes.</param>
    /// <param name="files">metrics.jsonl of each run by the run's id; one that is not there has no rows.</param>
    /// <param name="named">Whether the first column is the run's id.</param>
    public static async Task WriteAsync(TextWriter writer, IReadOnlyList<(string Run, string Path)> files, bool named)
    {
        var names = new List<string>(First);
        var known = new HashSet<string>(First);
        var kept = new List<HashSet<int>>();
        foreach (var (_, path) in files) kept.Add(Survey(path, names, known));
        await writer.WriteAsync($"{(named ? "run," : "")}{string.Join(',', names)}\n");
        for (var i = 0; i < files.Count; i++)
        {
            // The same file again, perhaps longer by now: what came meanwhile is the next table's.
            foreach (var (number, line) in Lines(files[i].Path))
            {
                if (!kept[i].Contains(number)) continue;
                if (named) await writer.WriteAsync($"{files[i].Run},");
                for (var at = 0; at < names.Count; at++)
                {
                    if (at > 0) await writer.WriteAsync(',');
                    if (line.TryGetProperty(names[at], out var value) && value.ValueKind == JsonValueKind.Number) await writer.WriteAsync(value.GetRawText());
                }
                await writer.WriteAsync('\n');
            }
        }
    }

    /// <summary>Adds the names of the file's numbers; gives the numbers of the lines that count.</summary>
    private static HashSet<int> Survey(string path, List<string> names, HashSet<string> known)
    {
        var kept = new List<(int Line, double Step)>();
        foreach (var (number, line) in Lines(path))
        {
            if (Number(line, ResumedFrom) is { } step)
            {
                kept.RemoveAll(earlier => earlier.Step > step);
                continue;
            }
            kept.Add((number, Number(line, Step) ?? double.NegativeInfinity));
            foreach (var member in line.EnumerateObject())
                if (member.Value.ValueKind is JsonValueKind.Number or JsonValueKind.Null && known.Add(member.Name)) names.Add(member.Name);
        }
        return [.. kept.Select(each => each.Line)];
    }

    private static IEnumerable<(int Line, JsonElement Value)> Lines(string path) =>
        File.Exists(path) ? JsonLines.ReadNumbered<JsonElement>(path, tolerateTornEnd: true).Where(line => line.Value.ValueKind == JsonValueKind.Object) : [];

    private static double? Number(JsonElement line, string name) =>
        line.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
}
