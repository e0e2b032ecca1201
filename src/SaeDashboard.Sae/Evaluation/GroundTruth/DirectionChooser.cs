using System.Numerics;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Evaluation.GroundTruth;

/// <summary>Compares directions with every concept on `select`, at every level and lag, and keeps the best for each concept.</summary>
internal sealed class DirectionChooser
{
    private static readonly TruthLevel[] Levels = Enum.GetValues<TruthLevel>();

    private readonly ConceptTruth truth;
    private readonly IReadOnlyList<int> lags;
    private readonly LabelTotals[][] totals;

    public DirectionChooser(ConceptTruth truth, IReadOnlyList<int> lags)
    {
        (this.truth, this.lags) = (truth, lags);
        totals = [.. Levels.Select(level => LagsOf(level).Select(lag => LabelTotals.Count(truth, level, lag)).ToArray())];
    }

    /// <summary>The lags tried at a level: only 0 by clips.</summary>
    public IReadOnlyList<int> LagsOf(TruthLevel level) => level == TruthLevel.Clips ? [0] : lags;

    /// <summary>The best feature for each concept, [level][concept], with high activations indicating it or with either sign.</summary>
    public (DirectionChoice[][] Positive, DirectionChoice[][] EitherSign) Features(SparseColumns columns, CancellationToken cancellation) =>
        Try(columns.Features, (scratch, feature) =>
        {
            foreach (var level in Levels)
            {
                // By frames, values are sorted once for all lags.
                var count = 0;
                foreach (var (place, lag) in LagsOf(level).Index())
                {
                    if (level != TruthLevel.Frames || place == 0)
                    {
                        scratch.Fit(columns.Units(feature).Length);
                        count = columns.At(level, feature, lag, scratch.Units, scratch.Values);
                        Array.Sort(scratch.Values, scratch.Units, 0, count);
                    }
                    scratch.Record(level, feature, lag, count, totals[(int)level][place]);
                }
            }
        }, cancellation);

    /// <summary>The best of several directions with arbitrary values, with either sign.</summary>
    /// <param name="count">Directions.</param>
    /// <param name="columnsOf">
    /// Direction → its values over all clips' columns <c>[clips · F]</c>; called from several threads.
    /// </param>
    /// <param name="cancellation">Checked between directions.</param>
    public DirectionChoice[][] Dense(int count, Func<int, ReadOnlyMemory<float>> columnsOf, CancellationToken cancellation) =>
        Try(count, (scratch, direction) => Dense(scratch, direction, columnsOf(direction).Span), cancellation).EitherSign;

    private void Dense(Scratch scratch, int direction, ReadOnlySpan<float> values)
    {
        var layout = truth.Layout;
        foreach (var level in Levels)
        {
            var perClip = layout.UnitsPerClip(level);
            scratch.Fit(layout.Units(level));
            var scores = new float[perClip];
            var count = 0;
            foreach (var (place, lag) in LagsOf(level).Index())
            {
                if (level != TruthLevel.Frames || place == 0)
                {
                    count = 0;
                    for (var clip = 0; clip < layout.Clips; clip++)
                    {
                        // By frames, the lag is applied when units are compared with labels, not here.
                        layout.Score(level, values.Slice(clip * layout.Columns, layout.Columns), level == TruthLevel.Frames ? 0 : lag, scores);
                        for (var i = 0; i < perClip; i++)
                        {
                            if (float.IsNaN(scores[i])) continue;
                            scratch.Units[count] = clip * perClip + i;
                            scratch.Values[count++] = scores[i];
                        }
                    }
                    Array.Sort(scratch.Values, scratch.Units, 0, count);
                }
                scratch.Record(level, direction, lag, count, totals[(int)level][place]);
            }
        }
    }

    private (DirectionChoice[][] Positive, DirectionChoice[][] EitherSign) Try(int count, Action<Scratch, int> one, CancellationToken cancellation)
    {
        var all = new Scratch(truth);
        var settings = new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, get_num_threads()), CancellationToken = cancellation };
        Parallel.For(0, count, settings, () => new Scratch(truth), (direction, _, scratch) =>
        {
            one(scratch, direction);
            return scratch;
        }, scratch =>
        {
            lock (all) all.Merge(scratch);
        });
        return (all.Positive, all.EitherSign);
    }

    /// <summary>One thread's buffers and best directions.</summary>
    private sealed class Scratch
    {
        private readonly RankScan[] scans;
        private readonly double[] auroc;

        public Scratch(ConceptTruth truth)
        {
            scans = [.. Levels.Select(level => new RankScan(truth.At(level)))];
            auroc = new double[truth.At(TruthLevel.Clips).Concepts];
            Positive = None(truth);
            EitherSign = None(truth);
        }

        public DirectionChoice[][] Positive { get; }

        public DirectionChoice[][] EitherSign { get; }

        public int[] Units { get; private set; } = [];

        public float[] Values { get; private set; } = [];

        public void Fit(int count)
        {
            if (Units.Length >= count) return;
            (Units, Values) = (new int[2 * count], new float[2 * count]);
        }

        public void Record(TruthLevel level, int direction, int lag, int count, LabelTotals totals)
        {
            var best = Positive[(int)level];
            scans[(int)level].Auroc(Values.AsSpan(0, count), Units.AsSpan(0, count), level == TruthLevel.Frames ? lag : 0, totals, auroc);
            for (var concept = 0; concept < best.Length; concept++)
            {
                if (double.IsNaN(auroc[concept])) continue;
                var choice = new DirectionChoice(direction, lag, false, auroc[concept]);
                best[concept] = DirectionChoice.Better(best[concept], choice);
                if (auroc[concept] < 0.5) choice = new DirectionChoice(direction, lag, true, 1 - auroc[concept]);
                EitherSign[(int)level][concept] = DirectionChoice.Better(EitherSign[(int)level][concept], choice);
            }
        }

        public void Merge(Scratch other)
        {
            foreach (var level in Levels)
            {
                Merge(Positive[(int)level], other.Positive[(int)level]);
                Merge(EitherSign[(int)level], other.EitherSign[(int)level]);
            }
        }

        private static void Merge(DirectionChoice[] into, DirectionChoice[] from)
        {
            for (var i = 0; i < into.Length; i++) into[i] = DirectionChoice.Better(into[i], from[i]);
        }

        private static DirectionChoice[][] None(ConceptTruth truth) =>
            [.. Levels.Select(level => Enumerable.Repeat(DirectionChoice.None, truth.At(level).Concepts).ToArray())];
    }
}

/// <summary>The direction that ranks a concept best on `select`.</summary>
/// <param name="Direction">Its number among those tried; −1: none.</param>
/// <param name="Lag">In columns; 0 by clips.</param>
/// <param name="Negative">Whether low values indicate the concept.</param>
/// <param name="Auroc">On `select`, with the sign applied.</param>
internal readonly record struct DirectionChoice(int Direction, int Lag, bool Negative, double Auroc)
{
    public static DirectionChoice None { get; } = new(-1, 0, false, double.NegativeInfinity);

    /// <summary>
    /// The better of two: higher AUROC, then lower number, smaller lag, positive sign, so that the result does not depend on the order.
    /// </summary>
    public static DirectionChoice Better(DirectionChoice a, DirectionChoice b)
    {
        if (a.Auroc != b.Auroc) return a.Auroc > b.Auroc ? a : b;
        if (a.Direction != b.Direction) return a.Direction < b.Direction ? a : b;
        if (Math.Abs(a.Lag) != Math.Abs(b.Lag)) return Math.Abs(a.Lag) < Math.Abs(b.Lag) ? a : b;
        if (a.Lag != b.Lag) return a.Lag > b.Lag ? a : b;
        return b.Negative ? a : b;
    }
}

/// <summary>
/// The AUROC of one direction for every concept, in one pass down its sorted values. Per concept, only positive and left-out units are
/// visited: the negatives ranked above are the units seen minus those two. So the cost of a sparse feature is its number of positive
/// activations (all other units are one tie at 0). Not thread-safe; threads use separate instances over the same labels.
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

    /// <param name="values">Ascending. Units that are not listed have value 0; all listed values are then above 0.</param>
    /// <param name="units">The unit of each value.</param>
    /// <param name="lag">A unit is compared with the label of unit − lag.</param>
    /// <param name="totals">Positives and negatives among all counted units at this lag, listed or not.</param>
    /// <param name="auroc">One per concept; NaN without positives or negatives.</param>
    public void Auroc(ReadOnlySpan<float> values, ReadOnlySpan<int> units, int lag, LabelTotals totals, Span<double> auroc)
    {
        Array.Clear(discordant);
        Array.Clear(positiveSeen);
        Array.Clear(leftOutSeen);
        for (var word = 0; word < labels.Words; word++) Scan(values, units, lag, word);
        for (var concept = 0; concept < labels.Concepts; concept++)
        {
            var (positives, negatives) = (totals.Positives[concept], totals.Negatives[concept]);
            var negativesSeen = values.Length - positiveSeen[concept] - leftOutSeen[concept];
            var rest = (positives - positiveSeen[concept]) * (negativesSeen + 0.5 * (negatives - negativesSeen));
            auroc[concept] = positives == 0 || negatives == 0 ? double.NaN : 1 - (discordant[concept] + rest) / ((double)positives * negatives);
        }
    }

    private void Scan(ReadOnlySpan<float> values, ReadOnlySpan<int> units, int lag, int word)
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

    /// <summary>Units of equal value: each pair of a positive and a negative counts half.</summary>
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
