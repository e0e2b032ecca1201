using SaeDashboard.Sae.Activations;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training;

/// <summary>
/// Evaluates a state on a fixed sample of held-out columns, scaled as in training: the first few thousand during training, all of them at
/// the end.
/// </summary>
internal sealed class HeldOutEvaluator : IDisposable
{
    private const int Batch = 1024;
    private readonly TrainingData data;
    private readonly int layer;
    private readonly ColumnScaling scaling;
    private readonly ITrainingEngine engine;
    private readonly Tensor batch;

    public HeldOutEvaluator(TrainingData data, int layer, ColumnScaling scaling, ITrainingEngine engine)
    {
        (this.data, this.layer, this.scaling, this.engine) = (data, layer, scaling, engine);
        batch = empty([Batch, data.Width], ScalarType.Float32).DetachFromDisposeScope();
    }

    /// <summary>The quick evaluation during training.</summary>
    public HeldOutMeasure Running(TrainingState state)
    {
        var columns = data.Running(layer);
        return Measure(state, Batches([(columns, columns.Length / data.Width)]));
    }

    /// <summary>All held-out columns, at most 131,072.</summary>
    public HeldOutMeasure Full(TrainingState state) => Measure(state, Batches());

    /// <summary>The columns of <see cref="Full"/>, scaled, [n, d] at a time; a batch is valid until the next.</summary>
    public IEnumerable<Tensor> Batches() => Batches(data.Everything(layer));

    public void Dispose() => batch.Dispose();

    private HeldOutMeasure Measure(TrainingState state, IEnumerable<Tensor> parts)
    {
        var width = data.Width;
        var (error, squares, count, total) = (0.0, 0.0, 0L, 0L);
        var sum = new double[width];
        foreach (var part in parts)
        {
            var values = TensorData.AsSpan(part);
            for (var i = 0; i < values.Length; i += width)
            {
                for (var d = 0; d < width; d++)
                {
                    sum[d] += values[i + d];
                    squares += (double)values[i + d] * values[i + d];
                }
            }
            var outcome = engine.Measure(state, part, null);
            error += outcome.SquaredError;
            count += outcome.Active;
            total += outcome.Columns;
        }
        var variance = squares - sum.Sum(value => value * value) / total;
        return new HeldOutMeasure(total, error / total, 1 - error / variance, (double)count / total);
    }

    private IEnumerable<Tensor> Batches(IEnumerable<(float[] Columns, int Count)> chunks)
    {
        foreach (var (columns, count) in chunks)
        {
            for (var first = 0; first < count; first += Batch)
            {
                using var part = batch.narrow(0, 0, Math.Min(Batch, count - first));
                Fill(part, columns.AsSpan(first * data.Width));
                yield return part;
            }
        }
    }

    private void Fill(Tensor part, ReadOnlySpan<float> columns)
    {
        var target = TensorData.AsSpan(part);
        columns[..target.Length].CopyTo(target);
        for (var i = 0; i < target.Length; i += data.Width)
            scaling.Apply(target.Slice(i, data.Width));
    }
}

/// <summary>The evaluation of an SAE in training on held-out columns.</summary>
/// <param name="Columns">The number of columns.</param>
/// <param name="Loss">Σ_d e², mean over the columns, in the scaled space.</param>
/// <param name="ExplainedVariance">1 − Σ‖e‖² / Σ‖x − x̄‖².</param>
/// <param name="L0">Mean number of active latents per column.</param>
public sealed record HeldOutMeasure(long Columns, double Loss, double ExplainedVariance, double L0);
