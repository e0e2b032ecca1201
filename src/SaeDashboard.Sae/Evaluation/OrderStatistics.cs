namespace SaeDashboard.Sae.Evaluation;

/// <summary>Medians and percentiles.</summary>
internal static class OrderStatistics
{
    /// <summary>The middle value, or the mean of the two middle values; null without values.</summary>
    public static double? Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? null : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>The percentile by linear interpolation between order statistics, as numpy's default.</summary>
    /// <param name="sorted">Ascending values, at least one.</param>
    /// <param name="share">0.5 for the median.</param>
    public static double Percentile(IReadOnlyList<double> sorted, double share)
    {
        var at = share * (sorted.Count - 1);
        var below = (int)at;
        return below + 1 >= sorted.Count ? sorted[^1] : sorted[below] + (at - below) * (sorted[below + 1] - sorted[below]);
    }
}
