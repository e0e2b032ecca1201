using System.Numerics;
using SaeDashboard.Core;
using SaeDashboard.Core.Data;

namespace SaeDashboard.Sae.Evaluation.GroundTruth;

/// <summary>The annotations of one split's clips: every concept's labels at every level.</summary>
internal sealed class ConceptTruth
{
    private readonly LabelTable clips;
    private readonly LabelTable seconds;
    private readonly LabelTable frames;
    private readonly int[] clipsWithAny;

    /// <param name="annotations">The dataset's spans; every clip must have a line.</param>
    /// <param name="concepts">Concept names; those that are constant over a clip come last.</param>
    /// <param name="varying">The number of concepts that vary within a clip: only they have labels by seconds and frames.</param>
    /// <param name="ids">The clip ids, in the order of their units.</param>
    /// <param name="layout">The numbering of units.</param>
    /// <param name="options">The rules.</param>
    /// <exception cref="UserException">A clip has no annotations.</exception>
    public ConceptTruth(
        Annotations annotations, IReadOnlyList<string> concepts, int varying, IReadOnlyList<string> ids, TruthLayout layout, GroundTruthOptions options)
    {
        (Layout, Varying) = (layout, varying);
        clips = new LabelTable(layout.Units(TruthLevel.Clips), concepts.Count);
        seconds = new LabelTable(layout.Units(TruthLevel.Seconds), varying);
        frames = new LabelTable(layout.Units(TruthLevel.Frames), varying);
        clipsWithAny = new int[concepts.Count];

        var labels = new sbyte[layout.Columns];
        for (var clip = 0; clip < ids.Count; clip++)
        {
            if (!annotations.Clips.TryGetValue(ids[clip], out var spans))
            {
                throw new UserException($"annotations.jsonl has no line for clip '{ids[clip]}', which is to be scored. Add one (without spans, if nothing " +
                    "is heard in it), or leave the ground truth out.");
            }
            for (var concept = 0; concept < concepts.Count; concept++)
            {
                var name = concepts[concept];
                if (concept >= varying && !HasFamily(spans, name)) continue;
                FrameLabels.Fill(spans.TryGetValue(name, out var found) ? found : [], labels, options.FrameRate, options.TailSeconds);
                // Only the frames of the measured columns: a clip's score contains no others.
                var heard = labels.AsSpan(layout.FirstColumn - 1);
                if (heard.Contains(FrameLabels.Positive)) clipsWithAny[concept]++;
                clips.Set(clip, concept, Label(heard, options.PositiveClipShare, options.NegativeShare, tailIsNegative: true));
                if (concept >= varying) continue;
                for (var second = 0; second < layout.Seconds; second++)
                {
                    var part = labels.AsSpan(second * layout.SecondFrames, layout.SecondFrames);
                    seconds.Set(clip * layout.Seconds + second, concept, Label(part, options.PositiveSecondShare, options.NegativeShare, tailIsNegative: false));
                }
                for (var frame = 0; frame < labels.Length; frame++)
                    frames.Set(clip * layout.Stride + layout.Margin + frame, concept, labels[frame]);
            }
        }
    }

    public TruthLayout Layout { get; }

    /// <summary>The number of concepts that vary within a clip; they come first.</summary>
    public int Varying { get; }

    public LabelTable At(TruthLevel level) => level switch
    {
        TruthLevel.Clips => clips,
        TruthLevel.Seconds => seconds,
        _ => frames,
    };

    /// <summary>
    /// The clips that decide whether a concept is measured: by clips the positive ones, by seconds and frames those with any positive
    /// frame.
    /// </summary>
    public int PositiveClips(TruthLevel level, int concept)
    {
        if (level != TruthLevel.Clips) return clipsWithAny[concept];
        var count = 0;
        for (var clip = 0; clip < clips.Units; clip++)
        {
            if (clips.Get(clip, concept) == FrameLabels.Positive) count++;
        }
        return count;
    }

    /// <summary>The label of several frames together: positive, negative or, in between, left out.</summary>
    /// <param name="frames">The frames' labels.</param>
    /// <param name="positiveShare">The least share of positive frames for positive.</param>
    /// <param name="negativeShare">The largest share of positive frames for negative.</param>
    /// <param name="tailIsNegative">Whether frames in a tail count as negative. They are a large part of a second, but not of a
    /// clip.</param>
    internal static sbyte Label(ReadOnlySpan<sbyte> frames, double positiveShare, double negativeShare, bool tailIsNegative)
    {
        int positive = 0, tail = 0;
        foreach (var label in frames)
        {
            if (label == FrameLabels.Positive) positive++;
            if (label == FrameLabels.LeftOut) tail++;
        }
        // A share of exactly the limit must not fail by rounding.
        if (positive >= positiveShare * frames.Length - 1e-9) return FrameLabels.Positive;
        var against = tailIsNegative ? positive : positive + tail;
        return against <= negativeShare * frames.Length + 1e-9 ? FrameLabels.Negative : FrameLabels.LeftOut;
    }

    private static bool HasFamily(IReadOnlyDictionary<string, IReadOnlyList<Span>> spans, string concept)
    {
        var family = concept[..(concept.IndexOf('.', StringComparison.Ordinal) + 1)];
        return spans.Any(pair => pair.Key.StartsWith(family, StringComparison.Ordinal) && pair.Value.Count > 0);
    }
}

/// <summary>Labels one concept's frames.</summary>
internal static class FrameLabels
{
    public const sbyte Positive = 1;
    public const sbyte LeftOut = 0;
    public const sbyte Negative = -1;

    /// <summary>
    /// Frame t is positive if its middle (t + ½) / frameRate is in a span; left out if it is within <paramref name="tailSeconds"/> after a
    /// span's end and in no other span; otherwise negative.
    /// </summary>
    /// <param name="spans">The spans, in any order; they may overlap.</param>
    /// <param name="labels">One per frame, all written.</param>
    /// <param name="frameRate">Frames per second (Hz).</param>
    /// <param name="tailSeconds">The seconds left out after a span's end.</param>
    public static void Fill(IReadOnlyList<Span> spans, Span<sbyte> labels, double frameRate, double tailSeconds)
    {
        labels.Fill(Negative);
        foreach (var span in spans)
        {
            // 0 is LeftOut.
            var end = FirstFrameFrom(span.End, frameRate, labels.Length);
            labels[end..FirstFrameFrom(span.End + tailSeconds, frameRate, labels.Length)].Clear();
        }
        foreach (var span in spans)
        {
            var start = FirstFrameFrom(span.Start, frameRate, labels.Length);
            labels[start..Math.Max(start, FirstFrameFrom(span.End, frameRate, labels.Length))].Fill(Positive);
        }
    }

    /// <summary>The first frame whose middle is not before <paramref name="seconds"/>, at most <paramref name="frames"/>.</summary>
    private static int FirstFrameFrom(double seconds, double frameRate, int frames) =>
        (int)Math.Clamp(Math.Ceiling(seconds * frameRate - 0.5 - 1e-6), 0, frames);
}

/// <summary>The labels of several concepts over units (clips, seconds or frames), two bits per concept and unit.</summary>
internal sealed class LabelTable
{
    private const int Bits = 64;
    private readonly ulong[] positive;
    private readonly ulong[] leftOut;

    /// <summary>All units are left out until <see cref="Set"/>.</summary>
    public LabelTable(int units, int concepts)
    {
        (Units, Concepts) = (units, concepts);
        Words = (concepts + Bits - 1) / Bits;
        positive = new ulong[(long)units * Words];
        leftOut = new ulong[(long)units * Words];
        Array.Fill(leftOut, ulong.MaxValue);
    }

    public int Units { get; }

    public int Concepts { get; }

    /// <summary>Words of 64 concepts per unit.</summary>
    public int Words { get; }

    /// <summary>Concept 64·word + i is positive at the unit if bit i is set.</summary>
    public ulong PositiveWord(int unit, int word) => positive[unit * Words + word];

    /// <summary>Concept 64·word + i is left out at the unit if bit i is set.</summary>
    public ulong LeftOutWord(int unit, int word) => leftOut[unit * Words + word];

    public void Set(int unit, int concept, sbyte label)
    {
        var at = unit * Words + concept / Bits;
        var bit = 1UL << (concept % Bits);
        positive[at] &= ~bit;
        leftOut[at] &= ~bit;
        if (label == FrameLabels.Positive) positive[at] |= bit;
        if (label == FrameLabels.LeftOut) leftOut[at] |= bit;
    }

    public sbyte Get(int unit, int concept)
    {
        var at = unit * Words + concept / Bits;
        var bit = 1UL << (concept % Bits);
        return (positive[at] & bit) != 0 ? FrameLabels.Positive : (leftOut[at] & bit) != 0 ? FrameLabels.LeftOut : FrameLabels.Negative;
    }

    /// <summary>One concept's label of every unit.</summary>
    public sbyte[] Of(int concept)
    {
        var labels = new sbyte[Units];
        for (var unit = 0; unit < Units; unit++) labels[unit] = Get(unit, concept);
        return labels;
    }
}

/// <summary>The numbers of positive and negative units of each concept, at one level and lag.</summary>
internal sealed class LabelTotals
{
    private LabelTotals(long[] positives, long[] negatives) => (Positives, Negatives) = (positives, negatives);

    public long[] Positives { get; }

    public long[] Negatives { get; }

    /// <summary>Counts the labels that measured columns are compared with.</summary>
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
                    for (var bits = labels.PositiveWord(unit, word); bits != 0; bits &= bits - 1)
                        positives[word * 64 + BitOperations.TrailingZeroCount(bits)]++;
                    for (var bits = labels.LeftOutWord(unit, word); bits != 0; bits &= bits - 1)
                        leftOut[word * 64 + BitOperations.TrailingZeroCount(bits)]++;
                }
            }
        }
        var negatives = new long[positives.Length];
        for (var i = 0; i < negatives.Length; i++) negatives[i] = units - positives[i] - leftOut[i];
        return new LabelTotals(positives[..labels.Concepts], negatives[..labels.Concepts]);
    }
}
