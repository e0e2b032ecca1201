using SaeDashboard.Sae.Activations;
using SaeDashboard.Sae.Evaluation;

namespace SaeDashboard.Sae.Steering.Trials;

/// <summary>
/// The paired sign-flip test, one-sided: under the null hypothesis each difference is as likely to have the other sign, and p is the share of the sign
/// choices whose sum is at least the observed one.
/// </summary>
public static class SignFlip
{
    /// <summary>Up to this many pairs every choice of signs is counted; above, choices are drawn.</summary>
    public const int MostExact = 16;

    private const int Stream = 0x51F1;

    // Sums in another order differ by rounding: a tie must count as one.
    private const double Tie = 1e-9;

    /// <summary>The p-value of a mean above 0; 1 without pairs.</summary>
    /// <param name="differences">One per pair; finite.</param>
    /// <param name="seed">Seed of the draws, above <see cref="MostExact"/> pairs.</param>
    /// <param name="draws">Their number; the smallest p is 1 / (draws + 1).</param>
    public static double PValue(ReadOnlySpan<double> differences, ulong seed, int draws = 100_000)
    {
        if (differences.Length == 0) return 1;
        double observed = 0, size = 0;
        foreach (var difference in differences)
        {
            if (!double.IsFinite(difference)) throw new ArgumentException($"{difference} is not finite.", nameof(differences));
            observed += difference;
            size += Math.Abs(difference);
        }
        var threshold = observed - Tie * size;
        return differences.Length <= MostExact ? Exact(differences, observed, threshold) : Drawn(differences, threshold, seed, draws);
    }

    // In the order of a Gray code only one sign changes at each step.
    private static double Exact(ReadOnlySpan<double> differences, double observed, double threshold)
    {
        var choices = 1 << differences.Length;
        var negative = new bool[differences.Length];
        var (sum, count) = (observed, 1);
        for (var choice = 1; choice < choices; choice++)
        {
            var pair = int.TrailingZeroCount(choice);
            sum += (negative[pair] ? 2 : -2) * differences[pair];
            negative[pair] = !negative[pair];
            if (sum >= threshold) count++;
        }
        return (double)count / choices;
    }

    private static double Drawn(ReadOnlySpan<double> differences, double threshold, ulong seed, int draws)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(draws);
        var words = (differences.Length + 63) / 64;
        var count = 1;
        for (var draw = 0; draw < draws; draw++)
        {
            var sum = 0.0;
            for (var word = 0; word < words; word++)
            {
                var bits = CounterRandom.Bits(seed, Stream, (ulong)draw * (ulong)words + (ulong)word);
                foreach (var difference in differences[(word * 64)..Math.Min(differences.Length, word * 64 + 64)])
                {
                    sum += (bits & 1) == 0 ? difference : -difference;
                    bits >>= 1;
                }
            }
            if (sum >= threshold) count++;
        }
        return count / (draws + 1.0);
    }
}

/// <summary>The false discovery rate of several tests at once (Benjamini and Hochberg, 1995).</summary>
public static class FalseDiscovery
{
    /// <summary>
    /// The adjusted p-values in the order of <paramref name="pValues"/>: rejecting every q ≤ .05 keeps the expected share of false rejections at or below
    /// .05. q of the i-th smallest p of m is min over j ≥ i of p_j · m / j.
    /// </summary>
    public static double[] QValues(IReadOnlyList<double> pValues)
    {
        ArgumentNullException.ThrowIfNull(pValues);
        int[] order = [.. Enumerable.Range(0, pValues.Count).OrderBy(test => pValues[test])];
        var qValues = new double[order.Length];
        var least = 1.0;
        for (var rank = order.Length; rank > 0; rank--)
        {
            least = Math.Min(least, pValues[order[rank - 1]] * order.Length / rank);
            qValues[order[rank - 1]] = least;
        }
        return qValues;
    }
}

/// <summary>95 % confidence intervals.</summary>
public static class Intervals
{
    private const int Stream = 0xB007;

    private const double Low = 0.025, High = 0.975, Normal = 1.959963984540054;

    /// <summary>The percentile bootstrap interval of a mean.</summary>
    /// <param name="values">At least one.</param>
    /// <param name="seed">Seed of the resampling.</param>
    /// <param name="replicates">Bootstrap samples.</param>
    public static (double Low, double High) OfMean(IReadOnlyList<double> values, ulong seed, int replicates = 2000)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentOutOfRangeException.ThrowIfZero(values.Count);
        var means = new double[replicates];
        for (var replicate = 0; replicate < replicates; replicate++)
        {
            var sum = 0.0;
            for (var draw = 0; draw < values.Count; draw++)
                sum += values[(int)(CounterRandom.Uniform(seed, Stream, (ulong)replicate * (ulong)values.Count + (ulong)draw) * values.Count)];
            means[replicate] = sum / values.Count;
        }
        Array.Sort(means);
        return (OrderStatistics.Percentile(means, Low), OrderStatistics.Percentile(means, High));
    }

    /// <summary>Wilson's interval of a rate: unlike the bootstrap's it has a width at 0 of n.</summary>
    public static (double Low, double High) OfRate(int count, int of)
    {
        if (of == 0) return (0, 1);
        var (rate, square) = ((double)count / of, Normal * Normal);
        var centre = (rate + square / (2 * of)) / (1 + square / of);
        var half = Normal / (1 + square / of) * Math.Sqrt(rate * (1 - rate) / of + square / (4.0 * of * of));
        return (Math.Max(0, centre - half), Math.Min(1, centre + half));
    }
}
