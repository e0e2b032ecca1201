using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Sae.Features;

namespace SaeDashboard.Sae.Evaluation.GroundTruth;

/// <summary>
/// The numbering of clips of F columns at each level. Frames have an unlabelled margin on both sides, so that shifting by a lag never
/// reaches another clip: column p of clip i is unit i·<see cref="Stride"/> + <see cref="Margin"/> + p − 1, and at lag L it is compared with
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
    /// One clip's scores at a level from its column values: <paramref name="values"/> [F] are columns 1..F, <paramref name="scores"/> the
    /// clip's units. NaN without a score: frames whose column is not measured, margins.
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

    /// <summary>The number of measured columns in a second's mean.</summary>
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

/// <summary>The units over which a direction is scored.</summary>
public enum TruthLevel
{
    /// <summary>Whole clips, by the mean over columns 4..F. Without lags.</summary>
    Clips,

    /// <summary>Consecutive seconds from the clip's start, by the mean over their columns.</summary>
    Seconds,

    /// <summary>Single frames.</summary>
    Frames,
}

/// <summary>The clips of one split and their residual streams.</summary>
/// <param name="Source">The source of exactly these clips, in this order.</param>
/// <param name="Clips">The dataset's clips.</param>
/// <param name="Columns">F, the columns of every clip.</param>
public sealed record TruthSplit(IActivationSource Source, IReadOnlyList<Clip> Clips, int Columns)
{
    /// <summary>Enumerates the clips with their numbers, disposes of each after use and checks it against <see cref="Clips"/>.</summary>
    internal IEnumerable<(int Number, ClipActivations Clip)> Each(string stage, IProgress<ClipProgress>? progress, CancellationToken cancellation)
    {
        var number = 0;
        foreach (var clip in ClipProgress.Count(Source, stage, progress, cancellation))
        {
            if (number == Clips.Count || Clips[number].Row != clip.Row || clip.Columns.size(0) != Columns)
            {
                throw new UserException($"Clip {number} of the activations is row {clip.Row} with {clip.Columns.size(0)} columns, not the dataset's " +
                    $"{(number < Clips.Count ? $"row {Clips[number].Row}" : "end of the split")} with {Columns}. Collect the split again.");
            }
            yield return (number++, clip);
        }
        if (number != Clips.Count)
            throw new UserException($"The activations hold {number} clips of {Clips.Count}. Collect the whole split.");
    }
}
