namespace SaeDashboard.Sae.Evaluation.Directions;

internal static class Medians
{
    /// <summary>The middle value, or the mean of the two in the middle; null without any.</summary>
    public static double? Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? null : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
