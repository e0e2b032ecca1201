using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Web.Runs;

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
