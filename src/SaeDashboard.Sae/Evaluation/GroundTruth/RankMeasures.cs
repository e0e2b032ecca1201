using SaeDashboard.Sae.Activations;

namespace SaeDashboard.Sae.Evaluation.GroundTruth;

/// <summary>Exact ranking measures of a score against labels.</summary>
internal static class RankMeasures
{
    /// <summary>
    /// AUROC = P(s⁺ &gt; s⁻) + ½·P(s⁺ = s⁻) over all pairs, and average precision Σ (Rₙ − Rₙ₋₁)·Pₙ over the distinct thresholds, highest
    /// first (equal scores are one threshold). Units that are left out or have a NaN score do not count. NaN without a positive or without
    /// a negative unit.
    /// </summary>
    public static RankMeasure Measure(ReadOnlySpan<float> scores, ReadOnlySpan<sbyte> labels)
    {
        var (values, signs) = Counted(scores, labels);
        Array.Sort(values, signs);
        long positives = 0;
        foreach (var sign in signs)
        {
            if (sign == FrameLabels.Positive) positives++;
        }
        var negatives = signs.Length - positives;
        if (positives == 0 || negatives == 0) return new RankMeasure(double.NaN, double.NaN, positives, negatives);

        double discordant = 0, precision = 0;
        long positiveSeen = 0, negativeSeen = 0;
        for (var i = values.Length - 1; i >= 0;)
        {
            long positiveHere = 0, negativeHere = 0;
            var value = values[i];
            for (; i >= 0 && values[i] == value; i--)
            {
                if (signs[i] == FrameLabels.Positive) positiveHere++;
                else negativeHere++;
            }
            discordant += positiveHere * (negativeSeen + 0.5 * negativeHere);
            positiveSeen += positiveHere;
            negativeSeen += negativeHere;
            precision += positiveHere * (positiveSeen / (double)(positiveSeen + negativeSeen));
        }
        return new RankMeasure(1 - discordant / ((double)positives * negatives), precision / positives, positives, negatives);
    }

    private static (float[] Values, sbyte[] Signs) Counted(ReadOnlySpan<float> scores, ReadOnlySpan<sbyte> labels)
    {
        var count = 0;
        for (var i = 0; i < scores.Length; i++)
        {
            if (labels[i] != FrameLabels.LeftOut && !float.IsNaN(scores[i])) count++;
        }
        var (values, signs) = (new float[count], new sbyte[count]);
        count = 0;
        for (var i = 0; i < scores.Length; i++)
        {
            if (labels[i] == FrameLabels.LeftOut || float.IsNaN(scores[i])) continue;
            values[count] = scores[i];
            signs[count++] = labels[i];
        }
        return (values, signs);
    }
}

/// <summary>How well a score ranks positives above negatives.</summary>
/// <param name="Auroc">½ is chance, 1 every positive above every negative; NaN without positives or negatives.</param>
/// <param name="AveragePrecision">The chance level is the prevalence.</param>
/// <param name="Positives">Counted positive units.</param>
/// <param name="Negatives">Counted negative units.</param>
internal readonly record struct RankMeasure(double Auroc, double AveragePrecision, long Positives, long Negatives)
{
    public double Prevalence => Positives / (double)(Positives + Negatives);
}

/// <summary>
/// Bootstrap interval of an AUROC over clips, resampled with replacement, because units of one clip are not independent. Scores are divided
/// into at most <see cref="Bins"/> bins of about equal size (exact with fewer distinct scores). A pair within a bin counts half, which
/// changes an AUROC by less than 1/1024.
/// </summary>
internal static class ClipBootstrap
{
    public const int Bins = 1024;

    /// <summary>The 2.5th and 97.5th percentile of the AUROC over the replicates; NaN if no replicate has both labels.</summary>
    /// <param name="scores">One per unit; NaN does not count.</param>
    /// <param name="labels">One per unit.</param>
    /// <param name="unitsPerClip">Unit u belongs to clip u / unitsPerClip.</param>
    /// <param name="replicates">The number of bootstrap samples.</param>
    /// <param name="seed">The seed of the samples.</param>
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
        return (OrderStatistics.Percentile(aurocs, 0.025), OrderStatistics.Percentile(aurocs, 0.975));
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


    /// <summary>Each clip's non-empty bins, ascending.</summary>
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

        // Bins in the order of scores. Equal scores are always in the same bin.
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

/// <summary>Measures one concept's selected score on the scored split.</summary>
internal sealed class ScoredDirection(ConceptTruth truth, GroundTruthOptions options)
{
    /// <summary>The score of a concept; null without positives or negatives.</summary>
    /// <param name="name">The concept.</param>
    /// <param name="concept">Its number.</param>
    /// <param name="level">The units.</param>
    /// <param name="scores">One per unit; negated in place if <paramref name="negative"/>.</param>
    /// <param name="directions">The selected directions.</param>
    /// <param name="lag">The selected lag.</param>
    /// <param name="negative">Whether low values indicate it.</param>
    /// <param name="interval">Whether to compute a bootstrap interval.</param>
    public DirectionScore? Measure(
        string name, int concept, TruthLevel level, float[] scores, IReadOnlyList<int> directions, int lag, bool negative, bool interval)
    {
        if (negative)
        {
            for (var i = 0; i < scores.Length; i++) scores[i] = -scores[i];
        }
        var labels = truth.At(level).Of(concept);
        var measure = RankMeasures.Measure(scores, labels);
        if (double.IsNaN(measure.Auroc)) return null;
        var (low, high) = interval
            ? ClipBootstrap.Interval(scores, labels, truth.Layout.UnitsPerClip(level), options.BootstrapReplicates, options.Seed)
            : (double.NaN, double.NaN);
        return new DirectionScore
        {
            Concept = name,
            Level = level,
            Directions = directions,
            Lag = lag,
            Negative = negative,
            Auroc = measure.Auroc,
            Low = double.IsNaN(low) ? null : low,
            High = double.IsNaN(high) ? null : high,
            AveragePrecision = measure.AveragePrecision,
            Prevalence = measure.Prevalence,
        };
    }
}
