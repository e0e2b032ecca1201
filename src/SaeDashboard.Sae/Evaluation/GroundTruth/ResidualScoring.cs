using SaeDashboard.Sae.Features;
using SaeDashboard.Sae.Training;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Evaluation.GroundTruth;

/// <summary>
/// The baselines from the residual stream: single coordinates, single principal components, and a probe on all dimensions.
/// </summary>
internal sealed class ResidualScoring(
    ConceptTruth selectTruth, ConceptTruth testTruth, IReadOnlyList<string> concepts, IReadOnlyList<(TruthLevel Level, int Concept)> measured,
    GroundTruthOptions options)
{
    private const int Block = 64;
    private readonly DirectionChooser chooser = new(selectTruth, options.Lags);

    public IReadOnlyList<DirectionSet> Score(TruthSplit select, TruthSplit test, IProgress<ClipProgress>? progress, CancellationToken cancellation)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var layout = selectTruth.Layout;
        var width = select.Source.Width;
        var columns = empty([layout.Clips, layout.Columns, width], ScalarType.Float32);
        var moments = new SecondMoments(width);
        foreach (var (number, clip) in select.Each("residual to choose on", progress, cancellation))
        {
            using var inner = NewDisposeScope();
            columns.select(0, number).copy_(clip.Columns);
            moments.Add(clip.Columns.narrow(0, layout.FirstColumn - 1, layout.Columns - layout.FirstColumn + 1));
        }
        var flat = columns.reshape(-1, width);

        var coordinates = Enumerable.Range(0, width).Select(i => Unit(i, width)).ToArray();
        var components = PrincipalComponents.Fit(moments);
        var principal = Enumerable.Range(0, Math.Min(options.PcaDirections, width))
            .Select(i => components.Direction(i).Select(value => (float)value).ToArray()).ToArray();
        var jobs = new List<ResidualJob>();
        AddChosen(DirectionSet.Coordinate, coordinates, flat, jobs, progress, cancellation);
        AddChosen(DirectionSet.Principal, principal, flat, jobs, progress, cancellation);
        jobs.AddRange(new ResidualProbes(selectTruth, measured, options).Fit(columns, progress, cancellation));

        Run(jobs, test, width, progress, cancellation);
        var scored = new ScoredDirection(testTruth, options);
        var scores = new DirectionScore?[jobs.Count];
        var settings = new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, get_num_threads()), CancellationToken = cancellation };
        Parallel.For(0, jobs.Count, settings, i =>
        {
            var job = jobs[i];
            int[] directions = job.Direction is { } one ? [one] : [];
            scores[i] = scored.Measure(
                concepts[job.Concept], job.Concept, job.Level, job.Scores, directions, job.Lag, job.Negative, interval: false);
        });
        return
        [
            .. jobs.Index().GroupBy(entry => entry.Item.Set)
                .Select(group => new DirectionSet(group.Key, [.. group.Select(entry => scores[entry.Index]).OfType<DirectionScore>()])),
        ];
    }

    private static float[] Unit(int index, int width)
    {
        var vector = new float[width];
        vector[index] = 1;
        return vector;
    }

    /// <summary>Compares the directions in blocks and adds the best for each concept to the jobs.</summary>
    private void AddChosen(
        string set, float[][] directions, Tensor flat, List<ResidualJob> jobs, IProgress<ClipProgress>? progress, CancellationToken cancellation)
    {
        DirectionChoice[][]? best = null;
        for (var from = 0; from < directions.Length; from += Block)
        {
            var count = Math.Min(Block, directions.Length - from);
            var values = Project(directions.AsSpan(from, count), flat);
            var length = values.Length / count;
            var found = chooser.Dense(count, i => values.AsMemory(i * length, length), cancellation);
            best ??= [.. found.Select(level => level.Select(_ => DirectionChoice.None).ToArray())];
            for (var level = 0; level < found.Length; level++)
            {
                for (var concept = 0; concept < found[level].Length; concept++)
                {
                    var choice = found[level][concept];
                    best[level][concept] = DirectionChoice.Better(best[level][concept], choice with { Direction = choice.Direction + from });
                }
            }
            progress?.Report(new ClipProgress($"{set}s tried", from + count, directions.Length, "directions"));
        }
        foreach (var (level, concept) in measured)
        {
            var choice = best![(int)level][concept];
            if (!double.IsInfinity(choice.Auroc))
                jobs.Add(new ResidualJob(set, level, concept, directions[choice.Direction], choice.Direction, choice.Lag, choice.Negative));
        }
    }

    /// <summary>The directions' values over columns <c>[n, d]</c>, direction by direction.</summary>
    private static float[] Project(ReadOnlySpan<float[]> directions, Tensor columns)
    {
        using var scope = NewDisposeScope();
        var width = columns.size(1);
        var matrix = empty([directions.Length, width], ScalarType.Float32);
        var target = TensorData.AsSpan(matrix);
        for (var i = 0; i < directions.Length; i++) directions[i].CopyTo(target.Slice(i * (int)width, (int)width));
        return TensorData.ToArray(matrix.mm(columns.transpose(0, 1)));
    }

    /// <summary>Fills every job's scores in one pass over the split.</summary>
    private void Run(List<ResidualJob> jobs, TruthSplit test, int width, IProgress<ClipProgress>? progress, CancellationToken cancellation)
    {
        var layout = testTruth.Layout;
        foreach (var job in jobs) job.Scores = new float[layout.Units(job.Level)];
        var directions = jobs.Select(job => job.Vector).ToArray();
        foreach (var (number, clip) in test.Each("residual to score", progress, cancellation))
        {
            var values = Project(directions, clip.Columns);
            for (var i = 0; i < jobs.Count; i++)
            {
                var perClip = layout.UnitsPerClip(jobs[i].Level);
                layout.Score(jobs[i].Level, values.AsSpan(i * layout.Columns, layout.Columns), jobs[i].Lag, jobs[i].Scores.AsSpan(number * perClip, perClip));
            }
        }
    }
}

/// <summary>One direction of the residual stream that was selected for one concept at one level, to be scored.</summary>
/// <param name="Set">The kind of direction.</param>
/// <param name="Level">The units it is scored over.</param>
/// <param name="Concept">The concept's number.</param>
/// <param name="Vector">The direction [d].</param>
/// <param name="Direction">Its number among those tried; null for a fitted one.</param>
/// <param name="Lag">In columns.</param>
/// <param name="Negative">Whether low values indicate the concept.</param>
internal sealed record ResidualJob(string Set, TruthLevel Level, int Concept, float[] Vector, int? Direction, int Lag, bool Negative)
{
    /// <summary>Scores by unit, filled while the split is read.</summary>
    public float[] Scores { get; set; } = [];
}

/// <summary>
/// Fits the ridge probes of all concepts on `select`: on the means of clips or seconds, or by frames on every n-th column. A probe is
/// fitted at lag 0; its lag is the one of largest AUROC on `select`, at which it is fitted again by frames.
/// </summary>
internal sealed class ResidualProbes(ConceptTruth truth, IReadOnlyList<(TruthLevel Level, int Concept)> measured, GroundTruthOptions options)
{
    private readonly TruthLayout layout = truth.Layout;

    /// <param name="columns">float32 <c>[clips, F, d]</c>.</param>
    /// <param name="progress">Called after every probe.</param>
    /// <param name="cancellation">Stops between probes.</param>
    public List<ResidualJob> Fit(Tensor columns, IProgress<ClipProgress>? progress, CancellationToken cancellation)
    {
        var jobs = new List<ResidualJob>();
        foreach (var level in measured.Select(entry => entry.Level).Distinct())
        {
            using var scope = NewDisposeScope();
            var (rows, units, clipOf) = Rows(level, columns);
            using var fit = new RidgeProbeFit(rows, clipOf);
            var concepts = measured.Where(entry => entry.Level == level).Select(entry => entry.Concept).ToArray();
            var fitted = new ResidualJob[concepts.Length];
            var done = jobs.Count;
            // One probe per thread: the decompositions are too small to parallelise.
            using var team = new WorkerTeam(0);
            team.Run(concepts.Length, (_, place) =>
            {
                cancellation.ThrowIfCancellationRequested();
                fitted[place] = Fit(level, concepts[place], fit, units, columns);
                lock (jobs) progress?.Report(new ClipProgress("ridge probes fitted", ++done, measured.Count, "probes"));
            });
            jobs.AddRange(fitted);
        }
        return jobs;
    }

    private ResidualJob Fit(TruthLevel level, int concept, RidgeProbeFit fit, int[] units, Tensor columns)
    {
        using var noGradient = no_grad();
        var labels = truth.At(level).Of(concept);
        var vector = fit.Fit(At(labels, units, 0));
        var lag = level == TruthLevel.Clips ? 0 : BestLag(level, vector, columns, labels);
        if (level == TruthLevel.Frames && lag != 0) vector = fit.Fit(At(labels, units, lag));
        return new ResidualJob(DirectionSet.RidgeProbe, level, concept, vector, null, lag, false);
    }

    private static sbyte[] At(sbyte[] labels, int[] units, int lag) => [.. units.Select(unit => labels[unit - lag])];

    /// <summary>The rows to fit on <c>[n, d]</c>, each row's unit, and its clip.</summary>
    private (Tensor Rows, int[] Units, int[] ClipOf) Rows(TruthLevel level, Tensor columns)
    {
        var first = layout.FirstColumn - 1;
        switch (level)
        {
            case TruthLevel.Clips:
                var clips = Enumerable.Range(0, layout.Clips).ToArray();
                return (columns.narrow(1, first, layout.Columns - first).mean([1]), clips, clips);
            case TruthLevel.Seconds:
                var means = Enumerable.Range(0, layout.Seconds).Select(second =>
                {
                    var from = Math.Max(second * layout.SecondFrames, first);
                    return columns.narrow(1, from, (second + 1) * layout.SecondFrames - from).mean([1], true);
                }).ToArray();
                var seconds = Enumerable.Range(0, layout.Clips * layout.Seconds).ToArray();
                return (cat(means, 1).reshape(seconds.Length, -1), seconds, [.. seconds.Select(unit => unit / layout.Seconds)]);
            default:
                var places = Enumerable.Range(first, layout.Columns - first).Where(place => place % options.RidgeColumnStride == 0).ToArray();
                var index = TensorData.FromInt64s([.. places.Select(place => (long)place)], places.Length);
                var units = from clip in Enumerable.Range(0, layout.Clips) from place in places select clip * layout.Stride + layout.Margin + place;
                var flat = columns.index_select(1, index).reshape(layout.Clips * places.Length, -1);
                return (flat, [.. units], [.. Enumerable.Range(0, layout.Clips * places.Length).Select(row => row / places.Length)]);
        }
    }

    private int BestLag(TruthLevel level, float[] vector, Tensor columns, sbyte[] labels)
    {
        using var scope = NewDisposeScope();
        var values = TensorData.ToArray(columns.reshape(-1, vector.Length).mm(TensorData.FromFloats(vector, vector.Length, 1)));
        var perClip = layout.UnitsPerClip(level);
        var scores = new float[layout.Units(level)];
        var best = DirectionChoice.None;
        foreach (var lag in options.Lags)
        {
            for (var clip = 0; clip < layout.Clips; clip++)
                layout.Score(level, values.AsSpan(clip * layout.Columns, layout.Columns), lag, scores.AsSpan(clip * perClip, perClip));
            var auroc = RankMeasures.Measure(scores, labels).Auroc;
            if (!double.IsNaN(auroc)) best = DirectionChoice.Better(best, new DirectionChoice(0, lag, false, auroc));
        }
        return best.Lag;
    }
}
