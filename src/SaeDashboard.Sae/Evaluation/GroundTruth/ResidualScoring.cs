using SaeDashboard.Sae.Features;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Evaluation.GroundTruth;

/// <summary>The baselines of the residual stream itself: single coordinates, single principal components, and a probe on all of it.</summary>
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
            scores[i] = scored.Measure(concepts[job.Concept], job.Concept, job.Level, job.Scores, job.Direction is { } one ? [one] : [], job.Lag, job.Negative, interval: false);
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

    /// <summary>Tries the directions, blocks of them at a time, and adds the best of each concept to the jobs.</summary>
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

    /// <summary>Directions' values over columns <c>[n, d]</c>, one direction after the other.</summary>
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
