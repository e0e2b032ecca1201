using SaeDashboard.Core;
using SaeDashboard.Sae.Features;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Evaluation.GroundTruth;

/// <summary>Selects an SAE's features and fits small probes on `select`, and scores them on the other split.</summary>
internal sealed class FeatureScoring(
    ConceptTruth selectTruth, ConceptTruth testTruth, IReadOnlyList<string> concepts, IReadOnlyList<(TruthLevel Level, int Concept)> measured,
    GroundTruthOptions options)
{
    private readonly ScoredDirection scored = new(testTruth, options);

    public IReadOnlyList<DirectionSet> Score(
        SparseAutoencoder sae, TruthSplit select, TruthSplit test, IProgress<ClipProgress>? progress, CancellationToken cancellation)
    {
        var encoder = new ClipEncoder(sae);
        var columns = new SparseColumns(selectTruth.Layout, sae.Config.DSae);
        Read(encoder, select, columns, "features to choose from", progress, cancellation);
        var (positive, eitherSign) = new DirectionChooser(selectTruth, options.Lags).Features(columns, cancellation);
        var probes = Probes(columns, positive, cancellation);

        var wanted = new bool[sae.Config.DSae];
        foreach (var (level, concept) in measured)
        {
            wanted[positive[(int)level][concept].Direction] = true;
            wanted[eitherSign[(int)level][concept].Direction] = true;
        }
        foreach (var feature in probes.SelectMany(probe => probe.Features)) wanted[feature] = true;
        var scoredColumns = new SparseColumns(testTruth.Layout, sae.Config.DSae, wanted);
        Read(encoder, test, scoredColumns, "features to score", progress, cancellation);

        return
        [
            new DirectionSet(DirectionSet.Feature, Choices(scoredColumns, positive, interval: true, cancellation)),
            new DirectionSet(DirectionSet.Probe(1), Choices(scoredColumns, eitherSign, interval: false, cancellation)),
            new DirectionSet(DirectionSet.Probe(options.ProbeFeatures), Each(
                (level, concept, place) =>
                {
                    var lag = positive[(int)level][concept].Lag;
                    return Measure(scoredColumns, level, concept, probes[place], lag, negative: false, interval: false);
                }, cancellation)),
        ];
    }

    private static void Read(
        ClipEncoder encoder, TruthSplit split, SparseColumns columns, string stage, IProgress<ClipProgress>? progress, CancellationToken cancellation)
    {
        foreach (var (number, clip) in split.Each(stage, progress, cancellation))
        {
            encoder.Encode(clip);
            columns.Add(number, encoder.Latents);
        }
    }

    /// <summary>A probe for each measured concept and level, in their order.</summary>
    private SparseProbe[] Probes(SparseColumns columns, DirectionChoice[][] first, CancellationToken cancellation)
    {
        var probes = new SparseProbe[measured.Count];
        foreach (var level in measured.Select(entry => entry.Level).Distinct())
        {
            var fit = new SparseProbeFit(selectTruth, columns, level);
            for (var place = 0; place < measured.Count; place++)
            {
                if (measured[place].Level != level) continue;
                var concept = measured[place].Concept;
                probes[place] = fit.Fit(concept, first[(int)level][concept], options.ProbeFeatures, cancellation);
            }
        }
        return probes;
    }

    private DirectionScore[] Choices(SparseColumns columns, DirectionChoice[][] choices, bool interval, CancellationToken cancellation) => Each(
        (level, concept, _) =>
        {
            var choice = choices[(int)level][concept];
            return Measure(columns, level, concept, new SparseProbe([choice.Direction], [1]), choice.Lag, choice.Negative, interval);
        }, cancellation);

    private DirectionScore[] Each(Func<TruthLevel, int, int, DirectionScore?> score, CancellationToken cancellation)
    {
        var scores = new DirectionScore?[measured.Count];
        var settings = new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, get_num_threads()), CancellationToken = cancellation };
        Parallel.For(0, scores.Length, settings, place => scores[place] = score(measured[place].Level, measured[place].Concept, place));
        return [.. scores.OfType<DirectionScore>()];
    }

    private DirectionScore? Measure(SparseColumns columns, TruthLevel level, int concept, SparseProbe probe, int lag, bool negative, bool interval)
    {
        var layout = testTruth.Layout;
        var values = new float[layout.Units(TruthLevel.Frames)];
        for (var i = 0; i < probe.Features.Length; i++) columns.AddTo(values, probe.Features[i], (float)probe.Weights[i]);
        var perClip = layout.UnitsPerClip(level);
        var scores = new float[layout.Units(level)];
        for (var clip = 0; clip < layout.Clips; clip++)
            layout.Score(level, values.AsSpan(clip * layout.Stride + layout.Margin, layout.Columns), lag, scores.AsSpan(clip * perClip, perClip));
        return scored.Measure(concepts[concept], concept, level, scores, probe.Features, lag, negative, interval);
    }
}

/// <summary>The positive activations of features over the measured columns of many clips, stored by feature, 8 bytes each.</summary>
internal sealed class SparseColumns
{
    // 2 GB: an SAE of L0 32 on 400 clips of 512 columns has 6.6 million.
    private const long MaxEntries = 256L << 20;

    private readonly TruthLayout layout;
    private readonly int[]?[] units;
    private readonly float[]?[] values;
    private readonly int[] counts;
    private readonly bool[]? wanted;
    private long total;

    /// <param name="layout">The numbering of columns.</param>
    /// <param name="features">The number of features.</param>
    /// <param name="wanted">The features to store; null: all.</param>
    public SparseColumns(TruthLayout layout, int features, bool[]? wanted = null)
    {
        (this.layout, this.wanted) = (layout, wanted);
        units = new int[features][];
        values = new float[features][];
        counts = new int[features];
    }

    public TruthLayout Layout => layout;

    public int Features => counts.Length;

    /// <summary>Ascending units (by frames) at which the feature is above 0.</summary>
    public ReadOnlySpan<int> Units(int feature) => units[feature].AsSpan(0, counts[feature]);

    /// <summary>The activations at <see cref="Units"/>.</summary>
    public ReadOnlySpan<float> Values(int feature) => values[feature].AsSpan(0, counts[feature]);

    /// <summary>Adds the activations in clip number <paramref name="clip"/>. Clips must be added in ascending order.</summary>
    /// <exception cref="UserException">There are too many activations to store.</exception>
    public void Add(int clip, ClipLatents latents)
    {
        var first = clip * layout.Stride + layout.Margin - 1;
        foreach (var feature in latents.Fired)
        {
            if (wanted is not null && !wanted[feature]) continue;
            var columns = latents.Columns(feature);
            var activations = latents.Values(feature);
            var skipped = 0;
            while (skipped < columns.Length && columns[skipped] < layout.FirstColumn) skipped++;
            var count = columns.Length - skipped;
            Grow(feature, count);
            for (var i = 0; i < count; i++) units[feature]![counts[feature] + i] = first + columns[skipped + i];
            activations[skipped..].CopyTo(values[feature].AsSpan(counts[feature]));
            counts[feature] += count;
            total += count;
        }
        if (total > MaxEntries)
        {
            throw new UserException($"The SAE's latents are too dense to be scored against ground truth: over {MaxEntries:N0} activations " +
                $"on the first {clip + 1} clips. Score a sparser SAE, or a dataset with fewer clips to select on.");
        }
    }

    /// <summary>Adds weight × the feature to column values numbered by frames.</summary>
    public void AddTo(Span<float> columns, int feature, float weight)
    {
        var where = Units(feature);
        var what = Values(feature);
        for (var i = 0; i < where.Length; i++) columns[where[i]] += weight * what[i];
    }

    /// <summary>
    /// One feature at a level: the units where it is above 0, ascending, and its scores there; at all other units it is 0. By frames those
    /// are the columns' units; the lag is applied when they are compared with labels.
    /// </summary>
    /// <param name="level">The kind of unit.</param>
    /// <param name="feature">The feature's number.</param>
    /// <param name="lag">In columns, for seconds.</param>
    /// <param name="targetUnits">At least as long as <see cref="Units"/>.</param>
    /// <param name="targetValues">At least as long as <see cref="Units"/>.</param>
    /// <returns>The number of units.</returns>
    public int At(TruthLevel level, int feature, int lag, Span<int> targetUnits, Span<float> targetValues) =>
        At(layout, Units(feature), Values(feature), level, lag, targetUnits, targetValues);

    /// <summary>The same for activations kept elsewhere: ascending units (by frames) and the values there.</summary>
    public static int At(TruthLayout layout, ReadOnlySpan<int> where, ReadOnlySpan<float> what, TruthLevel level, int lag, Span<int> targetUnits, Span<float> targetValues)
    {
        if (level == TruthLevel.Frames)
        {
            where.CopyTo(targetUnits);
            what.CopyTo(targetValues);
            return where.Length;
        }
        var count = 0;
        var last = -1;
        var sum = 0.0;
        for (var i = 0; i < where.Length; i++)
        {
            var (clip, within) = Math.DivRem(where[i], layout.Stride);
            var unit = clip;
            if (level == TruthLevel.Seconds)
            {
                var frame = within - layout.Margin - lag;
                var second = Math.DivRem(frame, layout.SecondFrames).Quotient;
                if (frame < 0 || second >= layout.Seconds) continue;
                unit = clip * layout.Seconds + second;
            }
            if (unit != last) Close(targetUnits, targetValues);
            last = unit;
            sum += what[i];
        }
        Close(targetUnits, targetValues);
        return count;

        void Close(Span<int> intoUnits, Span<float> intoValues)
        {
            if (last >= 0)
            {
                var columns = level == TruthLevel.Clips ? layout.Columns - layout.FirstColumn + 1 : layout.ColumnsOfSecond(last % layout.Seconds, lag);
                intoUnits[count] = last;
                intoValues[count++] = (float)(sum / columns);
            }
            sum = 0;
        }
    }

    private void Grow(int feature, int more)
    {
        var needed = counts[feature] + more;
        if (units[feature] is { } there && there.Length >= needed) return;
        var size = Math.Max(64, Math.Max(needed, 2 * counts[feature]));
        Array.Resize(ref units[feature], size);
        Array.Resize(ref values[feature], size);
    }
}
