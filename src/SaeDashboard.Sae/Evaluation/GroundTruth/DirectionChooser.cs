using static TorchSharp.torch;

namespace SaeDashboard.Sae.Evaluation.GroundTruth;

/// <summary>Tries directions one by one against every concept on `select`, at every level and lag, and keeps the best a concept.</summary>
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

    /// <summary>The lags tried at a level: by clips there is only 0.</summary>
    public IReadOnlyList<int> LagsOf(TruthLevel level) => level == TruthLevel.Clips ? [0] : lags;

    /// <summary>The best feature a concept, [level][concept]: with high activations speaking for it, or with either sign.</summary>
    public (DirectionChoice[][] Positive, DirectionChoice[][] EitherSign) Features(SparseColumns columns, CancellationToken cancellation) =>
        Try(columns.Features, (scratch, feature) =>
        {
            foreach (var level in Levels)
            {
                // By frames one sorting does for all lags.
                var count = 0;
                foreach (var (place, lag) in LagsOf(level).Index())
                {
                    if (level != TruthLevel.Frames || place == 0)
                    {
                        scratch.Fit(columns.Units(feature).Length);
                        count = columns.At(level, feature, lag, scratch.Units, scratch.Values);
                        Array.Sort(scratch.Values, scratch.Units, 0, count);
                    }
                    scratch.Note(level, feature, lag, count, totals[(int)level][place]);
                }
            }
        }, cancellation);

    /// <summary>The best of several directions of any values, with either sign.</summary>
    /// <param name="count">Directions.</param>
    /// <param name="columnsOf">
    /// Direction → its values over all clips' columns <c>[clips · F]</c>; asked from several threads.
    /// </param>
    /// <param name="cancellation">Stops between directions.</param>
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
                        // By frames the lag moves the units when they meet their labels, not here.
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
                scratch.Note(level, direction, lag, count, totals[(int)level][place]);
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

    /// <summary>One thread's buffers, and the best it has seen.</summary>
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

        public void Note(TruthLevel level, int direction, int lag, int count, LabelTotals totals)
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
