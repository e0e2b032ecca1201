using System.Numerics;

namespace SaeDashboard.Sae.Evaluation.GroundTruth;

/// <summary>How many units are positive and negative for each concept, at one level and lag.</summary>
internal sealed class LabelTotals
{
    private LabelTotals(long[] positives, long[] negatives) => (Positives, Negatives) = (positives, negatives);

    public long[] Positives { get; }

    public long[] Negatives { get; }

    /// <summary>Counts the labels that measured columns are held against.</summary>
    public static LabelTotals Count(ConceptTruth truth, TruthLevel level, int lag)
    {
        var (labels, layout) = (truth.At(level), truth.Layout);
        var (positives, leftOut) = (new long[labels.Words * 64], new long[labels.Words * 64]);
        long units = 0;
        for (var clip = 0; clip < layout.Clips; clip++)
        {
            var first = clip * layout.UnitsPerClip(level);
            var (from, to) = level == TruthLevel.Frames
                ? (first + layout.Margin + layout.FirstColumn - 1 - lag, first + layout.Margin + layout.Columns - lag)
                : (first, first + layout.UnitsPerClip(level));
            units += to - from;
            for (var unit = from; unit < to; unit++)
            {
                for (var word = 0; word < labels.Words; word++)
                {
                    for (var bits = labels.PositiveWord(unit, word); bits != 0; bits &= bits - 1) positives[word * 64 + BitOperations.TrailingZeroCount(bits)]++;
                    for (var bits = labels.LeftOutWord(unit, word); bits != 0; bits &= bits - 1) leftOut[word * 64 + BitOperations.TrailingZeroCount(bits)]++;
                }
            }
        }
        var negatives = new long[positives.Length];
        for (var i = 0; i < negatives.Length; i++) negatives[i] = units - positives[i] - leftOut[i];
        return new LabelTotals(positives[..labels.Concepts], negatives[..labels.Concepts]);
    }
}
