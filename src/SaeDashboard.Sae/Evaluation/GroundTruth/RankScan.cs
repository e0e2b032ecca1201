using System.Numerics;

namespace SaeDashboard.Sae.Evaluation.GroundTruth;

/// <summary>
/// The AUROC of one direction for every concept at once, in one walk down its sorted values. Only positives and left-out units are touched a
/// concept: the negatives ranked above are the units seen, less those two. So a sparse feature costs its positive activations and no more
/// (all other units are one tie at 0). Not safe from several threads; each takes its own over the same labels.
/// </summary>
internal sealed class RankScan
{
    private readonly LabelTable labels;
    private readonly double[] discordant;
    private readonly long[] positiveSeen;
    private readonly long[] leftOutSeen;
    private readonly int[] positiveHere;
    private readonly int[] leftOutHere;

    public RankScan(LabelTable labels)
    {
        this.labels = labels;
        var size = labels.Words * 64;
        discordant = new double[size];
        positiveSeen = new long[size];
        leftOutSeen = new long[size];
        positiveHere = new int[size];
        leftOutHere = new int[size];
    }

    /// <param name="values">Ascending. Units that are not listed have value 0, and then all listed ones are above 0.</param>
    /// <param name="units">The unit of each value.</param>
    /// <param name="lag">A unit is held against the label of unit − lag.</param>
    /// <param name="totals">Positives and negatives among all units that count at this lag, listed or not.</param>
    /// <param name="auroc">One a concept; NaN where positives or negatives are missing.</param>
    public void Auroc(ReadOnlySpan<float> values, ReadOnlySpan<int> units, int lag, LabelTotals totals, Span<double> auroc)
    {
        Array.Clear(discordant);
        Array.Clear(positiveSeen);
        Array.Clear(leftOutSeen);
        for (var word = 0; word < labels.Words; word++) Walk(values, units, lag, word);
        for (var concept = 0; concept < labels.Concepts; concept++)
        {
            var (positives, negatives) = (totals.Positives[concept], totals.Negatives[concept]);
            var negativesSeen = values.Length - positiveSeen[concept] - leftOutSeen[concept];
            var rest = (positives - positiveSeen[concept]) * (negativesSeen + 0.5 * (negatives - negativesSeen));
            auroc[concept] = positives == 0 || negatives == 0 ? double.NaN : 1 - (discordant[concept] + rest) / ((double)positives * negatives);
        }
    }

    private void Walk(ReadOnlySpan<float> values, ReadOnlySpan<int> units, int lag, int word)
    {
        var offset = word * 64;
        long seen = 0;
        for (var i = values.Length - 1; i >= 0;)
        {
            if (i > 0 && values[i - 1] == values[i])
            {
                var last = i;
                while (i > 0 && values[i - 1] == values[i]) i--;
                Tie(units[i..(last + 1)], lag, word, seen);
                seen += last + 1 - i;
                i--;
                continue;
            }
            var unit = units[i] - lag;
            for (var bits = labels.PositiveWord(unit, word); bits != 0; bits &= bits - 1)
            {
                var concept = offset + BitOperations.TrailingZeroCount(bits);
                discordant[concept] += seen - positiveSeen[concept] - leftOutSeen[concept];
                positiveSeen[concept]++;
            }
            for (var bits = labels.LeftOutWord(unit, word); bits != 0; bits &= bits - 1)
                leftOutSeen[offset + BitOperations.TrailingZeroCount(bits)]++;
            seen++;
            i--;
        }
    }

    /// <summary>Units of equal value: a positive among them loses half to each negative.</summary>
    private void Tie(ReadOnlySpan<int> units, int lag, int word, long seen)
    {
        var offset = word * 64;
        ulong any = 0;
        foreach (var listed in units)
        {
            var (positive, leftOut) = (labels.PositiveWord(listed - lag, word), labels.LeftOutWord(listed - lag, word));
            any |= positive | leftOut;
            for (; positive != 0; positive &= positive - 1) positiveHere[offset + BitOperations.TrailingZeroCount(positive)]++;
            for (; leftOut != 0; leftOut &= leftOut - 1) leftOutHere[offset + BitOperations.TrailingZeroCount(leftOut)]++;
        }
        for (; any != 0; any &= any - 1)
        {
            var concept = offset + BitOperations.TrailingZeroCount(any);
            var (positive, leftOut) = (positiveHere[concept], leftOutHere[concept]);
            var above = seen - positiveSeen[concept] - leftOutSeen[concept];
            discordant[concept] += positive * (above + 0.5 * (units.Length - positive - leftOut));
            positiveSeen[concept] += positive;
            leftOutSeen[concept] += leftOut;
            (positiveHere[concept], leftOutHere[concept]) = (0, 0);
        }
    }
}
