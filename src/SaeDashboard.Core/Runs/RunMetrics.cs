using System.Text.Json;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Core.Runs;

/// <summary>Reads metrics.jsonl or histograms.jsonl of a run, written or being written.</summary>
public static class RunMetrics
{
    internal const string ResumedFrom = "resumedFrom";

    /// <summary>
    /// The lines, in order, as if the run had never been interrupted: at a line {"resumedFrom": s} those whose "step" is above s are
    /// dropped, and so is the marker. A torn last line is passed over.
    /// </summary>
    /// <exception cref="UserException">A line is no JSON object.</exception>
    public static IReadOnlyList<JsonElement> Read(string path)
    {
        var lines = new List<JsonElement>();
        foreach (var (number, line) in JsonLines.ReadNumbered<JsonElement>(path, tolerateTornEnd: true))
        {
            if (line.ValueKind != JsonValueKind.Object) throw new UserException($"{path} line {number}: an object is wanted.");
            if (Number(line, ResumedFrom) is { } step) lines.RemoveAll(earlier => Number(earlier, "step") > step);
            else lines.Add(line);
        }
        return lines;
    }

    private static double? Number(JsonElement line, string name) =>
        line.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
}
