namespace SaeDashboard.Web.Live;

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
