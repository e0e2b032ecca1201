using SaeDashboard.Sae.Features;
using SaeDashboard.Sae.Training;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Evaluation.GroundTruth;

/// <summary>
/// Fits the ridge probes of all concepts on `select`: on clips' means by clips, on seconds' means by seconds, on every few columns by frames.
/// Fitted at lag 0, its lag is the one of largest AUROC on `select`; by frames it is then fitted again at that lag.
/// </summary>
internal sealed class ResidualProbes(ConceptTruth truth, IReadOnlyList<(TruthLevel Level, int Concept)> measured, GroundTruthOptions options)
{
    private readonly TruthLayout layout = truth.Layout;

    /// <param name="columns">float32 <c>[clips, F, d]</c>.</param>
    /// <param name="progress">Told after every probe.</param>
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
            // A probe a thread: the decompositions are too small to be worth sharing.
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

    /// <summary>What is fitted on <c>[n, d]</c>, the unit of each row, and its clip.</summary>
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
