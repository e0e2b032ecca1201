using SaeDashboard.Sae.Activations;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training;

/// <summary>
/// sures a state on a fixed draw of columns, scaled as in training. The running measure uses the first few thousand, the last one all.
/// </summary>
internal sealed class HeldOutEvaluator : IDisposable
{
    private const int Batch = 1024;
    private const int RunningColumns = 8192;
    private const long MaximumColumns = 131_072;
    private readonly ClipSubset columns;
    private readonly ColumnScaling scaling;
    private readonly ActivationShuffler order;
    private readonly StepBuffers buffers;
    private readonly TopKForward forward;
    private readonly Tensor batch;
    private readonly int rows;

    public HeldOutEvaluator(ClipSubset columns, ColumnScaling scaling, TrainConfig config, WorkerTeam team)
    {
        this.columns = columns;
        this.scaling = scaling;
        order = new ActivationShuffler(columns.ColumnCount, (ulong)config.Seed ^ 0xE7A1);
        rows = (int)Math.Min(Batch, columns.ColumnCount);
        buffers = new StepBuffers(rows, columns.Store.Width, config.Latents, config.K, team.Size);
        forward = new TopKForward(buffers, team);
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

    public void Dispose()
    {
        batch.Dispose();
        buffers.Dispose();
    }

    private unsafe HeldOutMeasure Measure(TrainingState state, long limit, long[]? active)
    {
        var width = columns.Store.Width;
        var total = Math.Min(limit, columns.ColumnCount);
        var (error, squares, count) = (0.0, 0.0, 0L);
        var sum = new double[width];
        for (var first = 0L; first < total; first += rows)
        {
            buffers.Batch = (int)Math.Min(rows, total - first);
            var target = TensorData.AsSpan(batch);
            for (var i = 0; i < buffers.Batch; i++)
            {
                var column = target.Slice(i * width, width);
                columns.Copy(order.At(first + i), column);
                scaling.Apply(column);
                for (var d = 0; d < width; d++)
                {
                    sum[d] += column[d];
                    squares += (double)column[d] * column[d];
                }
            }
            var outcome = forward.Run(state, batch, null);
            error += outcome.SquaredError;
            count += outcome.Active;
            for (var i = 0; active is not null && i < buffers.Batch; i++)
            {
                for (var slot = 0; slot < buffers.Counts[i]; slot++)
                    active[buffers.Chosen[(long)i * buffers.K + slot]]++;
            }
        }
        var variance = squares - sum.Sum(value => value * value) / total;
        return new HeldOutMeasure(total, error / total, 1 - error / variance, (double)count / total);
    }
}
