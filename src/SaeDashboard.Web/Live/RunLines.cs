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

/// <summary>Fewer points of the same curves.</summary>
internal static class PointThinning
{
    /// <summary>
    /// At most about this many points, in order. Lines that carry other metrics (the measures on held-out clips among the steps) are thinned
    /// apart, so that the rare ones stay; the first and the last of each kind stay, and so do the lowest and the highest value of every
    /// metric in every stretch: a spike is never lost.
    /// </summary>
    public static IReadOnlyList<RunPoint> To(int limit, IReadOnlyList<RunPoint> points)
    {
        if (points.Count <= limit) return [.. points];
        var kinds = points.GroupBy(point => string.Join(',', point.Values.Keys)).ToArray();
        var share = Math.Max(2, limit / kinds.Length);
        return [.. kinds.SelectMany(kind => Thin(share, [.. kind])).OrderBy(point => point.Line)];
    }

    private static IEnumerable<RunPoint> Thin(int limit, RunPoint[] points)
    {
        if (points.Length <= limit) return points;
        var names = points[0].Values.Keys.ToArray();
        var stretches = Math.Max(1, (limit - 2) / Math.Max(1, 2 * names.Length));
        var kept = new HashSet<int> { 0, points.Length - 1 };
        for (var stretch = 0; stretch < stretches; stretch++)
        {
            var (from, to) = ((int)((long)stretch * points.Length / stretches), (int)((long)(stretch + 1) * points.Length / stretches));
            foreach (var name in names) Extremes(points, from, to, name, kept);
        }
        // Curves that only rise or fall have their extremes together: what is left of the limit goes evenly over the whole.
        var free = limit - kept.Count;
        for (var i = 0; i < free; i++) kept.Add((int)((long)i * points.Length / free));
        return kept.Count <= limit ? kept.Select(at => points[at]) : kept.Order().Take(limit - 1).Append(points.Length - 1).Select(at => points[at]);
    }

    private static void Extremes(RunPoint[] points, int from, int to, string name, HashSet<int> kept)
    {
        var (low, high) = (-1, -1);
        for (var i = from; i < to; i++)
        {
            if (points[i].Values.GetValueOrDefault(name) is not { } value) continue;
            if (low < 0 || value < points[low].Values[name]) low = i;
            if (high < 0 || value > points[high].Values[name]) high = i;
        }
        if (low < 0) return;
        kept.Add(low);
        kept.Add(high);
    }
}
