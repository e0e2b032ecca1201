using System.Buffers;
using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;

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

/// <summary>A line of metrics.jsonl as the downloads give it: its values, or what is wrong with it.</summary>
/// <param name="Number">Counted from 1.</param>
/// <param name="Value">The object; null: the line is damaged.</param>
/// <param name="Problem">What is wrong; null: nothing.</param>
internal sealed record MetricLine(int Number, JsonElement? Value, string? Problem)
{
    private const string ResumedFrom = "resumedFrom", StepName = "step";

    /// <summary>The step it belongs to; null: it names none.</summary>
    public double? Step => Value is { } value ? NumberOf(value, StepName) : null;

    /// <summary>
    /// The lines of a file, in order, without those that a resume took back. A damaged line is in its place with its problem, and the others are
    /// unharmed by it. A torn last line is passed over: its writer was stopped, or is writing.
    /// </summary>
    /// <exception cref="UserException">The file cannot be read.</exception>
    public static IReadOnlyList<MetricLine> Read(string path)
    {
        var lines = new List<MetricLine>();
        if (!File.Exists(path)) return lines;
        foreach (var (number, bytes, ended) in JsonLines.Lines(path))
        {
            if (Parse(number, bytes.Span, ended) is not { } line) continue;
            if (line.Value is { } value && NumberOf(value, ResumedFrom) is { } step) lines.RemoveAll(earlier => earlier.Step > step);
            else lines.Add(line);
        }
        return lines;
    }

    private static MetricLine? Parse(int number, ReadOnlySpan<byte> bytes, bool ended)
    {
        if (number == 1 && bytes.StartsWith("\uFEFF"u8)) bytes = bytes[3..];
        if (bytes.IndexOfAnyExcept(" \t\r"u8) < 0) return null;
        try
        {
            var reader = new Utf8JsonReader(bytes);
            using var document = JsonDocument.ParseValue(ref reader);
            if (reader.BytesConsumed < bytes.Length && bytes[(int)reader.BytesConsumed..].IndexOfAnyExcept(" \t\r"u8) >= 0)
                return new MetricLine(number, null, $"line {number}: more than one JSON value.");
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new MetricLine(number, document.RootElement.Clone(), null)
                : new MetricLine(number, null, $"line {number}: expected a JSON object, got {document.RootElement.ValueKind}.");
        }
        catch (JsonException error)
        {
            return ended ? new MetricLine(number, null, FormattableString.Invariant($"line {number}: not valid JSON at byte {(error.BytePositionInLine ?? 0) + 1}.")) : null;
        }
    }

    private static double? NumberOf(JsonElement line, string name) =>
        line.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
}

/// <summary>
/// The one rule for text in a CSV cell (RFC 4180): quoted when it holds a comma, a quote or a line break. A text that a spreadsheet would take
/// for a formula gets an apostrophe in front. Numbers of ours are written as they are.
/// </summary>
internal static class CsvField
{
    private static readonly SearchValues<char> Quoted = SearchValues.Create(",\"\r\n");

    /// <summary>The text as a cell.</summary>
    public static string Text(string text)
    {
        if (text.AsSpan().TrimStart(' ') is ['=' or '+' or '-' or '@' or '\t' or '\r', ..]) text = "'" + text;
        return text.AsSpan().ContainsAny(Quoted) ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
    }
}
