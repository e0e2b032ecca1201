using SaeDashboard.Sae.Activations;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training;

/// <summary>
/// Measures a state on a fixed draw of columns, scaled as in training. The running measure uses the first few thousand, the last one all.
/// </summary>
internal sealed class HeldOutEvaluator : IDisposable
{
    private const int Batch = 1024;
    private const int RunningColumns = 8192;
    private const long MaximumColumns = 131_072;
    private readonly ClipSubset columns;
    private readonly ColumnScaling scaling;
    private readonly ITrainingEngine engine;
    private readonly ActivationShuffler order;
    private readonly Tensor batch;
    private readonly int rows;

    public HeldOutEvaluator(ClipSubset columns, ColumnScaling scaling, TrainConfig config, ITrainingEngine engine)
    {
        this.columns = columns;
        this.scaling = scaling;
        this.engine = engine;
        order = new ActivationShuffler(columns.ColumnCount, (ulong)config.Seed ^ 0xE7A1);
        rows = (int)Math.Min(Batch, columns.ColumnCount);
        batch = empty([rows, columns.Store.Width], ScalarType.Float32).DetachFromDisposeScope();
    }

    /// <summary>The quick measure that is taken while training.</summary>
    public HeldOutMeasure Running(TrainingState state) => Measure(state, RunningColumns, null);

    /// <summary>Everything held out (at most 131,072 columns), with each latent's share of columns in which it is active [F].</summary>
    public (HeldOutMeasure Measure, float[] Frequency) Full(TrainingState state)
    {
        var active = new long[state.Latents];
        var measure = Measure(state, MaximumColumns, active);
        return (measure, Array.ConvertAll(active, count => (float)((double)count / measure.Columns)));
    }

    /// <summary>The columns of <see cref="Full"/>, scaled, [n, d] at a time; a batch is valid until the next.</summary>
    public IEnumerable<Tensor> Batches() => Batches(MaximumColumns);

    public void Dispose() => batch.Dispose();

    private HeldOutMeasure Measure(TrainingState state, long limit, long[]? active)
    {
        var width = columns.Store.Width;
        var (error, squares, count, total) = (0.0, 0.0, 0L, 0L);
        var sum = new double[width];
        foreach (var part in Batches(limit))
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
            var outcome = engine.Measure(state, part, active);
            error += outcome.SquaredError;
            count += outcome.Active;
            total += outcome.Columns;
        }
        var variance = squares - sum.Sum(value => value * value) / total;
        return new HeldOutMeasure(total, error / total, 1 - error / variance, (double)count / total);
    }

    private IEnumerable<Tensor> Batches(long limit)
    {
        var total = Math.Min(limit, columns.ColumnCount);
        for (var first = 0L; first < total; first += rows)
        {
            using var part = batch.narrow(0, 0, Math.Min(rows, total - first));
            Fill(part, first);
            yield return part;
        }
    }

    private void Fill(Tensor part, long first)
    {
        var width = columns.Store.Width;
        var target = TensorData.AsSpan(part);
        for (var i = 0; i < target.Length / width; i++)
        {
            var column = target.Slice(i * width, width);
            columns.Copy(order.At(first + i), column);
            scaling.Apply(column);
        }
    }
}
