namespace SaeDashboard.Core.Labels;

/// <summary>How far two values of a rating are from each other.</summary>
public enum AlphaMetric
{
    /// <summary>Values are categories without an order: equal or different.</summary>
    Nominal,

    /// <summary>Values are ranks: two are as far apart as there are values given between them.</summary>
    Ordinal,
}

/// <summary>How well raters agree.</summary>
/// <param name="Alpha">Krippendorff's α: 1 is perfect agreement, 0 is what chance gives, less is systematic disagreement. Null: it is not defined, because fewer than two values can be paired or all of them are equal.</param>
/// <param name="Units">Units that at least two raters judged. Others cannot be paired, and do not count.</param>
/// <param name="Values">Values in these units.</param>
/// <param name="Agreement">Share of the pairs of values within a unit that are equal, 0 to 1, without a correction for chance; null: there are no pairs.</param>
public sealed record RaterAgreement(double? Alpha, int Units, int Values, double? Agreement)
{
    /// <summary>Nothing was judged twice.</summary>
    public static RaterAgreement None { get; } = new(null, 0, 0, null);
}

/// <summary>
/// Krippendorff's α for any number of raters and missing values, from the matrix of coincidences (K. Krippendorff, “Computing Krippendorff's
/// Alpha-Reliability”, 2011; <see href="https://repository.upenn.edu/asc_papers/43/"/>): α = 1 − (n − 1) Σ o_ck δ²_ck / Σ n_c n_k δ²_ck.
/// A unit of m values adds 1 / (m − 1) to o_ck for each ordered pair of its values c and k.
/// </summary>
public static class KrippendorffAlpha
{
    /// <summary>The agreement over units.</summary>
    /// <param name="units">For each unit the values it was given, in any order. A rater who gave none is left out.</param>
    /// <param name="metric">What the values are.</param>
    public static RaterAgreement Of(IEnumerable<IReadOnlyList<int>> units, AlphaMetric metric)
    {
        var paired = units.Where(values => values.Count > 1).ToArray();
        if (paired.Length == 0) return RaterAgreement.None;
        int[] categories = [.. paired.SelectMany(values => values).Distinct().Order()];
        var places = categories.Select((category, place) => (category, place)).ToDictionary(pair => pair.category, pair => pair.place);
        var coincidences = new double[categories.Length, categories.Length];
        var counts = new long[categories.Length];
        var ofUnit = new int[categories.Length];
        foreach (var values in paired)
        {
            Array.Clear(ofUnit);
            foreach (var value in values) ofUnit[places[value]]++;
            AddUnit(coincidences, ofUnit, values.Count);
            for (var each = 0; each < counts.Length; each++) counts[each] += ofUnit[each];
        }
        var (total, equal) = (counts.Sum(), 0.0);
        var (observed, expected) = (0.0, 0.0);
        for (var c = 0; c < counts.Length; c++)
        {
            equal += coincidences[c, c];
            for (var k = 0; k < counts.Length; k++)
            {
                var distance = Distance(counts, c, k, metric);
                observed += coincidences[c, k] * distance;
                expected += (double)counts[c] * counts[k] * distance;
            }
        }
        double? alpha = expected > 0 ? 1 - (total - 1) * observed / expected : null;
        return new RaterAgreement(alpha, paired.Length, (int)total, equal / total);
    }

    /// <summary>Adds the pairs of one unit: a value is not paired with itself.</summary>
    private static void AddUnit(double[,] coincidences, int[] ofUnit, int values)
    {
        for (var c = 0; c < ofUnit.Length; c++)
        {
            if (ofUnit[c] == 0) continue;
            for (var k = 0; k < ofUnit.Length; k++) coincidences[c, k] += (double)ofUnit[c] * (ofUnit[k] - (c == k ? 1 : 0)) / (values - 1);
        }
    }

    /// <summary>δ² of the categories at two places. Ordinal: the square of the values from c to k, of the two themselves one half each.</summary>
    private static double Distance(long[] counts, int c, int k, AlphaMetric metric)
    {
        if (c == k) return 0;
        if (metric == AlphaMetric.Nominal) return 1;
        var between = 0.0;
        for (var g = Math.Min(c, k); g <= Math.Max(c, k); g++) between += counts[g];
        between -= (counts[c] + counts[k]) / 2.0;
        return between * between;
    }
}
