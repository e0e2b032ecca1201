namespace SaeDashboard.Sae.Evaluation.GroundTruth;

/// <summary>Exact measures of a score against labels.</summary>
internal static class RankMeasures
{
    /// <summary>
    /// AUROC = P(s⁺ &gt; s⁻) + ½·P(s⁺ = s⁻) over all pairs, and average precision Σ (Rₙ − Rₙ₋₁)·Pₙ over the distinct thresholds, highest first
    /// (equal scores are one threshold). Units that are left out or whose score is NaN do not count. NaN without a positive and a negative.
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
