using SaeDashboard.Core;
using SaeDashboard.Core.Data;

namespace SaeDashboard.Sae.Evaluation.GroundTruth;

/// <summary>What is known about the clips of one split: every concept's labels at every level.</summary>
internal sealed class ConceptTruth
{
    private readonly LabelTable clips;
    private readonly LabelTable seconds;
    private readonly LabelTable frames;
    private readonly int[] clipsWithAny;

    /// <param name="annotations">The data set's spans; every clip must have a line.</param>
    /// <param name="concepts">Names, those constant over a clip last.</param>
    /// <param name="varying">How many of the names are not constant over a clip: only they have seconds and frames.</param>
    /// <param name="ids">The clips, in the order of their units.</param>
    /// <param name="layout">How units are numbered.</param>
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
                throw new UserException($"annotations.jsonl has no line for clip '{ids[clip]}', which is to be scored. Add one (with no spans, if nothing " +
                    "is heard in it), or leave the ground truth out.");
            }
            for (var concept = 0; concept < concepts.Count; concept++)
            {
                var name = concepts[concept];
                if (concept >= varying && !FamilyStands(spans, name)) continue;
                FrameLabels.Fill(spans.TryGetValue(name, out var found) ? found : [], labels, options.FrameRate, options.TailSeconds);
                // The frames that the measured columns have newly heard: a clip's score knows no others.
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

    /// <summary>Concepts before this number vary within a clip.</summary>
    public int Varying { get; }

    public LabelTable At(TruthLevel level) => level switch
    {
        TruthLevel.Clips => clips,
        TruthLevel.Seconds => seconds,
        _ => frames,
    };

    /// <summary>Clips that decide whether a concept is measured: positive ones by clips; by seconds and frames those that carry it anywhere.</summary>
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

    /// <summary>The label of a stretch of frames: positive, negative or, in between, left out.</summary>
    /// <param name="frames">Labels of its frames.</param>
    /// <param name="positiveShare">Positive from this share of positive frames on.</param>
    /// <param name="negativeShare">Negative up to this one.</param>
    /// <param name="tailIsNegative">Whether frames in a tail count against being negative: they are a large part of a second, but not of a clip.</param>
    internal static sbyte Label(ReadOnlySpan<sbyte> frames, double positiveShare, double negativeShare, bool tailIsNegative)
    {
        int positive = 0, tail = 0;
        foreach (var label in frames)
        {
            if (label == FrameLabels.Positive) positive++;
            if (label == FrameLabels.LeftOut) tail++;
        }
        // A share of exactly a tenth must not fail by rounding.
        if (positive >= positiveShare * frames.Length - 1e-9) return FrameLabels.Positive;
        var against = tailIsNegative ? positive : positive + tail;
        return against <= negativeShare * frames.Length + 1e-9 ? FrameLabels.Negative : FrameLabels.LeftOut;
    }

    private static bool FamilyStands(IReadOnlyDictionary<string, IReadOnlyList<Span>> spans, string concept)
    {
        var family = concept[..(concept.IndexOf('.', StringComparison.Ordinal) + 1)];
        return spans.Any(pair => pair.Key.StartsWith(family, StringComparison.Ordinal) && pair.Value.Count > 0);
    }
}
