using SaeDashboard.Sae.Activations;

namespace SaeDashboard.Sae.Evaluation.GroundTruth;

/// <summary>
/// The spread of an AUROC when the clips are drawn anew, with replacement: units of one clip are no independent draws, so clips are what is
/// drawn. Scores are first cut into at most <see cref="Bins"/> bins of about as many units (exact when there are fewer distinct scores); within
/// a bin a pair counts half, which moves an AUROC by less than 1/1024.
/// </summary>
internal static class ClipBootstrap
{
    public const int Bins = 1024;

    /// <summary>The 2.5th and 97.5th percentile of the AUROC over the replicates; NaN when no replicate had both labels.</summary>
    /// <param name="scores">One a unit; NaN does not count.</param>
    /// <param name="labels">One a unit.</param>
    /// <param name="unitsPerClip">Unit u belongs to clip u / unitsPerClip.</param>
    /// <param name="replicates">How often clips are drawn.</param>
    /// <param name="seed">Equal seeds draw equal clips.</param>
    public static (double Low, double High) Interval(ReadOnlySpan<float> scores, ReadOnlySpan<sbyte> labels, int unitsPerClip, int replicates, ulong seed)
    {
        var clips = scores.Length / unitsPerClip;
        var entries = Entries(scores, labels, unitsPerClip, out var starts, out var bins);
        var aurocs = new List<double>();
        var (weights, positive, negative) = (new int[clips], new long[bins], new long[bins]);
        for (var replicate = 0; replicate < replicates; replicate++)
        {
            Array.Clear(weights);
            Array.Clear(positive);
            Array.Clear(negative);
            for (var draw = 0; draw < clips; draw++)
                weights[(int)(CounterRandom.Uniform(seed, (ulong)replicate, (ulong)draw) * clips)]++;
            for (var clip = 0; clip < clips; clip++)
            {
                for (var i = starts[clip]; weights[clip] > 0 && i < starts[clip + 1]; i++)
                {
                    positive[entries[i].Bin] += weights[clip] * (long)entries[i].Positive;
                    negative[entries[i].Bin] += weights[clip] * (long)entries[i].Negative;
                }
            }
            if (Auroc(positive, negative) is { } auroc) aurocs.Add(auroc);
        }
        if (aurocs.Count == 0) return (double.NaN, double.NaN);
        aurocs.Sort();
        return (Percentile(aurocs, 0.025), Percentile(aurocs, 0.975));
    }

    private static double? Auroc(long[] positive, long[] negative)
    {
        double concordant = 0;
        long positives = 0, negatives = 0;
        for (var bin = 0; bin < positive.Length; bin++)
        {
            concordant += positive[bin] * (negatives + 0.5 * negative[bin]);
            positives += positive[bin];
            negatives += negative[bin];
        }
        return positives == 0 || negatives == 0 ? null : concordant / ((double)positives * negatives);
    }

    /// <summary>Linear interpolation between order statistics.</summary>
    private static double Percentile(List<double> sorted, double share)
    {
        var at = share * (sorted.Count - 1);
        var below = (int)at;
        return below + 1 >= sorted.Count ? sorted[^1] : sorted[below] + (at - below) * (sorted[below + 1] - sorted[below]);
    }

    /// <summary>Each clip's filled bins, ascending.</summary>
    private static List<(int Bin, int Positive, int Negative)> Entries(
        ReadOnlySpan<float> scores, ReadOnlySpan<sbyte> labels, int unitsPerClip, out int[] starts, out int bins)
    {
        var units = new List<int>();
        for (var i = 0; i < scores.Length; i++)
        {
            if (labels[i] != FrameLabels.LeftOut && !float.IsNaN(scores[i])) units.Add(i);
        }
        var order = units.ToArray();
        var values = new float[order.Length];
        for (var i = 0; i < values.Length; i++) values[i] = scores[order[i]];
        Array.Sort(values, order);

        // Bins in the order of scores. Equal scores always share one.
        var binOf = new int[scores.Length];
        var distinct = 1;
        for (var i = 1; i < values.Length; i++)
        {
            if (values[i] != values[i - 1]) distinct++;
        }
        var smallest = distinct <= Bins ? 1 : (values.Length + Bins - 1) / Bins;
        var (bin, inBin) = (0, 0);
        for (var i = 0; i < order.Length; i++)
        {
            if (inBin >= smallest && values[i] != values[i - 1]) (bin, inBin) = (bin + 1, 0);
            binOf[order[i]] = bin;
            inBin++;
        }
        bins = bin + 1;

        var entries = new List<(int, int, int)>();
        var (positive, negative) = (new int[bins], new int[bins]);
        starts = new int[scores.Length / unitsPerClip + 1];
        for (var clip = 0; clip < starts.Length - 1; clip++)
        {
            var touched = new SortedSet<int>();
            for (var unit = clip * unitsPerClip; unit < (clip + 1) * unitsPerClip; unit++)
            {
                if (labels[unit] == FrameLabels.LeftOut || float.IsNaN(scores[unit])) continue;
                touched.Add(binOf[unit]);
                (labels[unit] == FrameLabels.Positive ? positive : negative)[binOf[unit]]++;
            }
            foreach (var filled in touched)
            {
                entries.Add((filled, positive[filled], negative[filled]));
                (positive[filled], negative[filled]) = (0, 0);
            }
            starts[clip + 1] = entries.Count;
        }
        return entries;
    }
}
