using System.Text.Json;

namespace SaeDashboard.Web.Live;

/// <summary>Reads the lines of a run's files. A line that is none of ours is passed over: a page should not fall over one bad line.</summary>
internal static class RunLines
{
    private const string ResumedFrom = "resumedFrom", Step = "step", Time = "time";

    /// <summary>A point, or the step that a marker says the run went back to, or neither.</summary>
    public static (RunPoint? Point, double? ResumedFrom) Point(long number, string line) => Parse(line, root =>
    {
        if (Number(root, Step) is not { } step) return null;
        var values = new Dictionary<string, double?>();
        foreach (var property in root.EnumerateObject())
        {
            if (property.Name is Step or Time) continue;
            if (property.Value.ValueKind is JsonValueKind.Number or JsonValueKind.Null) values[property.Name] = Number(root, property.Name);
        }
        return new RunPoint(number, step, Number(root, Time) ?? 0, values);
    });

    /// <summary>A histogram, or the step that a marker says the run went back to, or neither.</summary>
    public static (RunHistogram? Histogram, double? ResumedFrom) Histogram(long number, string line) => Parse(line, root =>
        Number(root, Step) is { } step && root.TryGetProperty("counts", out var counts) && counts.ValueKind == JsonValueKind.Array
            ? new RunHistogram(number, step, Number(root, Time) ?? 0, Number(root, "log10From") ?? -7, Number(root, "log10To") ?? 0,
                [.. counts.EnumerateArray().Select(count => count.ValueKind == JsonValueKind.Number ? count.GetDouble() : 0)],
                Number(root, "silent") ?? 0, Number(root, "columns") ?? 0)
            : null);

    private static (T? Item, double? ResumedFrom) Parse<T>(string line, Func<JsonElement, T?> read) where T : class
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) return default;
            return Number(root, ResumedFrom) is { } step ? (null, step) : (read(root), null);
        }
        catch (JsonException)
        {
            return default;
        }
    }

    private static double? Number(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.GetDouble() is var number && double.IsFinite(number) ? number : null;
}
