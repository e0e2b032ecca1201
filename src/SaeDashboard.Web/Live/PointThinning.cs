namespace SaeDashboard.Web.Live;

/// <summary>Fewer points of the same curves.</summary>
internal static class PointThinning
{
    /// <summary>
    /// At most about so many points, in order. Lines that carry other metrics (the measures on held-out clips among the steps) are thinned
    /// apart, so that the rare ones stay; the first and the last of each kind stay.
    /// </summary>
    public static IReadOnlyList<RunPoint> To(int limit, IReadOnlyList<RunPoint> points)
    {
        if (points.Count <= limit) return [.. points];
        var kinds = points.GroupBy(point => string.Join(',', point.Values.Keys)).ToArray();
        var share = Math.Max(2, limit / kinds.Length);
        return [.. kinds.SelectMany(kind => Every(share, [.. kind])).OrderBy(point => point.Line)];
    }

    private static IEnumerable<RunPoint> Every(int limit, RunPoint[] points)
    {
        if (points.Length <= limit) return points;
        return Enumerable.Range(0, limit).Select(i => points[(int)((long)i * (points.Length - 1) / (limit - 1))]);
    }
}
