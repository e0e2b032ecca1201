namespace SaeDashboard.Sae.Evaluation.GroundTruth;

/// <summary>
/// How clips of F columns are numbered at each level. Frames carry a margin on both sides that no label stands in, so that moving by a lag never
/// reaches into another clip: column p of clip i is unit i·<see cref="Stride"/> + <see cref="Margin"/> + p − 1, and at lag L it is held against
/// the label of unit − L.
/// </summary>
internal sealed class TruthLayout
{
    public TruthLayout(int clips, int columns, GroundTruthOptions options)
    {
        Clips = clips;
        Columns = columns;
        FirstColumn = options.FirstColumn;
        SecondFrames = Math.Max(1, (int)Math.Round(options.FrameRate));
        Seconds = columns / SecondFrames;
        Margin = options.Lags.Max(Math.Abs);
        Stride = columns + 2 * Margin;
    }

    public int Clips { get; }

    /// <summary>F: columns 1..F, and as many frames.</summary>
    public int Columns { get; }

    public int FirstColumn { get; }

    public int SecondFrames { get; }

    /// <summary>Whole seconds of a clip.</summary>
    public int Seconds { get; }

    public int Margin { get; }

    public int Stride { get; }

    public int UnitsPerClip(TruthLevel level) => level switch
    {
        TruthLevel.Clips => 1,
        TruthLevel.Seconds => Seconds,
        _ => Stride,
    };

    public int Units(TruthLevel level) => Clips * UnitsPerClip(level);

    /// <summary>
    /// One clip's scores at a level from its column values: <paramref name="values"/> [F] is columns 1..F, <paramref name="scores"/> the clip's
    /// units. NaN where there is no score: a frame whose column is not measured, the margins.
    /// </summary>
    public void Score(TruthLevel level, ReadOnlySpan<float> values, int lag, Span<float> scores)
    {
        switch (level)
        {
            case TruthLevel.Clips:
                scores[0] = Mean(values, FirstColumn - 1, Columns);
                break;
            case TruthLevel.Seconds:
                for (var second = 0; second < Seconds; second++)
                {
                    var from = second * SecondFrames + lag;
                    scores[second] = Mean(values, from, from + SecondFrames);
                }
                break;
            default:
                scores.Fill(float.NaN);
                for (var at = FirstColumn - 1; at < Columns; at++)
                    scores[Margin + at - lag] = values[at];
                break;
        }
    }

    /// <summary>How many measured columns a second's mean is over.</summary>
    public int ColumnsOfSecond(int second, int lag)
    {
        var from = second * SecondFrames + lag;
        return Math.Min(from + SecondFrames, Columns) - Math.Max(from, FirstColumn - 1);
    }

    private float Mean(ReadOnlySpan<float> values, int from, int to)
    {
        (from, to) = (Math.Max(from, FirstColumn - 1), Math.Min(to, Columns));
        if (to <= from) return float.NaN;
        var sum = 0.0;
        for (var i = from; i < to; i++) sum += values[i];
        return (float)(sum / (to - from));
    }
}
