namespace SaeDashboard.Sae.Evaluation.Directions;

/// <summary>A cosine a feature, in three numbers.</summary>
/// <param name="Features">Features counted.</param>
/// <param name="Median">Their median cosine, or null without any.</param>
/// <param name="Above07">Share of them above 0.7.</param>
/// <param name="Above09">Share of them above 0.9.</param>
public sealed record CosineSummary(int Features, double? Median, double? Above07, double? Above09)
{
    /// <summary>The summary of the cosines that count.</summary>
    /// <param name="cosines"><c>[F]</c>.</param>
    /// <param name="counts">Whether feature j counts.</param>
    public static CosineSummary Of(IReadOnlyList<float> cosines, Func<int, bool> counts)
    {
        double[] counted = [.. Enumerable.Range(0, cosines.Count).Where(counts).Select(feature => (double)cosines[feature])];
        return counted.Length == 0
            ? new CosineSummary(0, null, null, null)
            : new CosineSummary(counted.Length, Medians.Of(counted), Share(0.7), Share(0.9));

        double Share(double bound) => counted.Count(cosine => cosine > bound) / (double)counted.Length;
    }
}
