using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen.Tracing;
using SaeDashboard.Sae.Evaluation;
using SaeDashboard.Sae.Evaluation.Directions;
using SaeDashboard.Sae.Steering;
using SaeDashboard.Torch.Extensions;
using SaeDashboard.Worker.CommandLine;
using static TorchSharp.torch;

namespace SaeDashboard.Worker.Evaluation;

/// <summary>
/// How much each kept feature moves the logits when its p99 is injected at one column: sampled columns, each of another clip, at places drawn by
/// a fixed seed; each feature is compared with a random direction of the same norm.
/// </summary>
/// <param name="subject">What is measured.</param>
/// <param name="features">The features' p99 and whether the filter keeps them.</param>
/// <param name="columns">Columns to sample.</param>
/// <param name="progress">Called after every column.</param>
/// <param name="cancellation">Looked at between columns.</param>
internal sealed class OutputScoreMeasurement(EvaluationSubject subject, FeatureFigures features, int columns, ConsoleProgress progress, CancellationToken cancellation)
{
    // This many rows of a large model's logits take some hundred megabytes.
    private const int RowsAtOnce = 1024;
    private const int Seed = 20505;

    private readonly int[] kept = [.. Enumerable.Range(0, features.Kept.Count).Where(feature => features.Kept[feature])];

    /// <summary>Null when the filter keeps no feature, or the clips are too short to have a column in which all codebooks are real.</summary>
    public OutputScores? Measure()
    {
        if (kept.Length == 0 || subject.Dataset.Frames <= EvaluationSubject.FirstColumn) return null;
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        var injected = Injected();
        var control = Control(injected);
        var forcing = new TeacherForcing(subject.Model);
        var meter = new OutputScoreMeter(kept, subject.Model.Config.Decoder.Codebooks);
        var random = new Random(Seed);
        for (var done = 0; done < columns; done++)
        {
            cancellation.ThrowIfCancellationRequested();
            var clip = subject.Clips[(int)((long)done * subject.Clips.Count / columns)];
            // Up to F − 1, so that the logits of every codebook are about a real code.
            Add(meter, forcing, clip, random.Next(EvaluationSubject.FirstColumn, subject.Dataset.Frames), injected, control);
            progress.Report("Evaluate: output score", done + 1, columns, "columns");
        }
        return meter.Finish(features.Kept.Count, TextConditions.Of(subject.Captions));
    }

    private void Add(OutputScoreMeter meter, TeacherForcing forcing, Clip clip, int column, Tensor injected, Tensor control)
    {
        using var scope = NewDisposeScope();
        using var forced = forcing.Begin(subject.Dataset.Codes(clip), subject.Site, subject.Captions ? clip.Caption : null);
        var x = forced.Values.narrow(0, column, 1);
        // Directions are in units of the column's scale where the SAE normalises columns; otherwise this is 1.
        var scale = subject.Sae.InputScale(x);
        var original = forced.ColumnLogits(column, x).select(0, 0);
        foreach (var directions in new[] { injected, control })
        {
            for (var from = 0; from < kept.Length; from += RowsAtOnce)
            {
                using var rows = NewDisposeScope();
                var count = Math.Min(RowsAtOnce, kept.Length - from);
                var vectors = directions.narrow(0, from, count).mul(scale).Add(x);
                meter.Add(original, forced.ColumnLogits(column, vectors), from, random: ReferenceEquals(directions, control));
            }
        }
        meter.NextColumn();
    }

    /// <summary>p99_j · d_j of every kept feature <c>[kept, width]</c>.</summary>
    private Tensor Injected()
    {
        var percentiles = TensorData.FromFloats([.. kept.Select(feature => features.Percentile99[feature])], kept.Length, 1);
        var rows = TensorData.FromInt64s([.. kept.Select(feature => (long)feature)], kept.Length);
        return subject.Sae.Directions().index_select(0, rows).mul(percentiles);
    }

    /// <summary>A random direction of each one's norm.</summary>
    private Tensor Control(Tensor injected)
    {
        var (norms, width) = (TensorData.ToArray(injected.norm(1)), (int)injected.shape[1]);
        var control = TensorData.FromFloats(new float[kept.Length * width], kept.Length, width);
        for (var place = 0; place < kept.Length; place++)
            RandomDirection.Create((ulong)kept[place], width, norms[place]).CopyTo(TensorData.AsSpan(control).Slice(place * width, width));
        return control;
    }
}
