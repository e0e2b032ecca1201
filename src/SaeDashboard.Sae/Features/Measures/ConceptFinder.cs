using SaeDashboard.Core.Data;
using SaeDashboard.Core.Features;
using SaeDashboard.Sae.Evaluation.GroundTruth;

namespace SaeDashboard.Sae.Features.Measures;

/// <summary>The annotated concepts that features are compared with.</summary>
/// <param name="Annotations">The dataset's spans.</param>
/// <param name="IdOf">A row's clip id.</param>
public sealed record ConceptAnnotations(Annotations Annotations, Func<int, string> IdOf);

/// <summary>
/// The annotated concept that a feature ranks best, by the rules of <see cref="GroundTruthScorer"/> (docs/decisions/0018): concept, level and
/// lag are chosen on some clips, and the AUROC is that of others. Features speak by high values only.
/// </summary>
internal sealed class ConceptFinder
{
    // Every level has the order of ConceptLevel.
    private static readonly TruthLevel[] Levels = [TruthLevel.Clips, TruthLevel.Seconds, TruthLevel.Frames];

    private readonly ConceptSide chosen, scored;
    private readonly int[] lags;
    private readonly bool[][] measured;

    private ConceptFinder(ConceptSide chosen, ConceptSide scored, string[] concepts, int[] lags, bool[][] measured) =>
        (this.chosen, this.scored, Concepts, this.lags, this.measured) = (chosen, scored, concepts, lags, measured);

    /// <summary>The names, of all concepts.</summary>
    public string[] Concepts { get; }

    /// <summary>Clips that are chosen on.</summary>
    public int ChosenClips => chosen.Layout.Clips;

    /// <summary>Prepares the comparison; null when no concept can be measured: too few clips with annotations, or none has both answers.</summary>
    /// <param name="annotations">The concepts.</param>
    /// <param name="choose">Activations of the clips to choose on.</param>
    /// <param name="score">Activations of the clips to score.</param>
    /// <param name="frameRate">Frames per second (Hz).</param>
    public static ConceptFinder? Prepare(ConceptAnnotations annotations, FiringStore choose, FiringStore score, double frameRate)
    {
        var options = new GroundTruthOptions { FrameRate = frameRate, FirstColumn = score.FirstColumn };
        var order = ConceptOrder.Of(annotations.Annotations, options);
        if (order.Names.Length == 0 || ConceptSide.Of(annotations, choose, order, options) is not { } chosen || ConceptSide.Of(annotations, score, order, options) is not { } scored) return null;
        var measured = Levels.Select(level => order.Measured(level, chosen.Truth, scored.Truth, options)).ToArray();
        int[] lags = [.. options.Lags.OrderBy(Math.Abs).ThenByDescending(lag => lag)];
        return measured.SelectMany(level => level).Any(each => each) ? new ConceptFinder(chosen, scored, order.Names, lags, measured) : null;
    }

    /// <summary>A thread's buffers.</summary>
    public sealed class Scratch(ConceptFinder finder)
    {
        internal readonly RankScan[] Choose = [.. Levels.Select(level => new RankScan(finder.chosen.Truth.At(level)))];
        internal readonly RankScan[] Score = [.. Levels.Select(level => new RankScan(finder.scored.Truth.At(level)))];
        internal readonly double[] Auroc = new double[finder.Concepts.Length];
        internal int[] Units = [], Truth = [];
        internal float[] Values = [], Kept = [];

        internal void Fit(int count)
        {
            if (Units.Length >= count) return;
            (Units, Truth, Values, Kept) = (new int[2 * count], new int[2 * count], new float[2 * count], new float[2 * count]);
        }
    }

    /// <summary>The best concept of a feature; null: it fires in no clip that is chosen on, or in none that is scored.</summary>
    public (int Concept, ConceptLevel Level, int Lag, double Auroc, double ChosenAuroc)? Of(int feature, Scratch scratch)
    {
        var best = (Concept: -1, Level: 0, Lag: 0, Auroc: double.NegativeInfinity);
        var count = chosen.Read(feature, scratch);
        if (count == 0) return null;
        for (var level = 0; level < Levels.Length; level++)
        {
            foreach (var lag in Levels[level] == TruthLevel.Clips ? [0] : lags)
            {
                chosen.Auroc(Levels[level], lag, count, scratch, scratch.Choose[level]);
                for (var concept = 0; concept < measured[level].Length; concept++)
                {
                    if (measured[level][concept] && scratch.Auroc[concept] > best.Auroc) best = (concept, level, lag, scratch.Auroc[concept]);
                }
            }
        }
        count = scored.Read(feature, scratch);
        if (best.Concept < 0 || count == 0) return null;
        scored.Auroc(Levels[best.Level], best.Lag, count, scratch, scratch.Score[best.Level]);
        return (best.Concept, (ConceptLevel)best.Level, best.Lag, scratch.Auroc[best.Concept], best.Auroc);
    }
}

/// <summary>
/// Some clips' labels and activations. Clips are those of the most common length that have a line of annotations: labels by seconds and frames
/// take clips of one length.
/// </summary>
internal sealed class ConceptSide
{
    private readonly FiringStore store;
    private readonly int[] truthUnit;
    private readonly Dictionary<(TruthLevel Level, int Lag), LabelTotals> totals = [];

    private ConceptSide(FiringStore store, int[] truthUnit, ConceptTruth truth) => (this.store, this.truthUnit, Truth) = (store, truthUnit, truth);

    public ConceptTruth Truth { get; }

    public TruthLayout Layout => Truth.Layout;

    /// <summary>Null: there are no such clips.</summary>
    public static ConceptSide? Of(ConceptAnnotations annotations, FiringStore store, ConceptOrder order, GroundTruthOptions options)
    {
        var annotated = store.Clips.Where(clip => annotations.Annotations.Clips.ContainsKey(annotations.IdOf(clip.Row))).ToList();
        if (annotated.Count == 0) return null;
        var length = annotated.CountBy(clip => clip.Columns).MaxBy(each => (each.Value, each.Key)).Key;
        annotated.RemoveAll(clip => clip.Columns != length);
        var layout = new TruthLayout(annotated.Count, store.FirstColumn - 1 + length, options);
        var truth = new ConceptTruth(annotations.Annotations, order.Names, order.Varying, [.. annotated.Select(clip => annotations.IdOf(clip.Row))], layout, options);
        var truthUnit = new int[store.UnitCount];
        Array.Fill(truthUnit, -1);
        for (var clip = 0; clip < annotated.Count; clip++)
        {
            var first = clip * layout.Stride + layout.Margin + layout.FirstColumn - 1;
            for (var at = 0; at < length; at++) truthUnit[annotated[clip].Start + at] = first + at;
        }
        var side = new ConceptSide(store, truthUnit, truth);
        foreach (var level in Enum.GetValues<TruthLevel>())
            foreach (var lag in level == TruthLevel.Clips ? [0] : options.Lags) side.totals[(level, lag)] = LabelTotals.Count(truth, level, lag);
        return side;
    }

    /// <summary>Puts a feature's activations into the buffers, numbered as the labels are; returns how many.</summary>
    public int Read(int feature, ConceptFinder.Scratch scratch)
    {
        var units = store.Units(feature);
        var values = store.Values(feature);
        scratch.Fit(units.Length);
        var count = 0;
        for (var i = 0; i < units.Length; i++)
        {
            if (truthUnit[units[i]] < 0) continue;
            scratch.Truth[count] = truthUnit[units[i]];
            scratch.Kept[count++] = values[i];
        }
        return count;
    }

    /// <summary>The AUROC of what was read for every concept.</summary>
    public void Auroc(TruthLevel level, int lag, int count, ConceptFinder.Scratch scratch, RankScan scan)
    {
        var listed = SparseColumns.At(Layout, scratch.Truth.AsSpan(0, count), scratch.Kept.AsSpan(0, count), level, lag, scratch.Units, scratch.Values);
        Array.Sort(scratch.Values, scratch.Units, 0, listed);
        scan.Auroc(scratch.Values.AsSpan(0, listed), scratch.Units.AsSpan(0, listed), level == TruthLevel.Frames ? lag : 0, totals[(level, lag)], scratch.Auroc);
    }
}
