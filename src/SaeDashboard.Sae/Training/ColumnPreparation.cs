using SaeDashboard.Core;
using SaeDashboard.Sae.Activations;

namespace SaeDashboard.Sae.Training;

/// <summary>What a run has to know of its columns before its first step, from one draw of them.</summary>
/// <param name="Scaling">How columns become inputs.</param>
/// <param name="Centre">The inputs' geometric median [d], where b_dec starts.</param>
/// <param name="Sample">Some inputs <c>[n, d]</c>.</param>
internal sealed record ColumnPreparation(ColumnScaling Scaling, float[] Centre, float[] Sample)
{
    /// <summary>Columns from which an architecture sets what it starts with.</summary>
    private const int StartSamples = 1024;

    private const ulong Draw = 0x5CA1E;

    /// <summary>Prepares layers in one go.</summary>
    /// <param name="columns">Where to draw.</param>
    /// <param name="layers">The layers of its source.</param>
    /// <param name="config">How many columns.</param>
    /// <param name="team">Computes the medians.</param>
    /// <param name="watch">Told how far it is.</param>
    /// <exception cref="UserException">All columns are equal, or cannot be read.</exception>
    /// <exception cref="OperationCanceledException">The run shall end.</exception>
    public static ColumnPreparation[] Of(ClipSubset columns, IReadOnlyList<int> layers, TrainConfig config, WorkerTeam team, DrawWatch watch)
    {
        var width = columns.Width;
        var wanted = Math.Max(config.MedianSamples, StartSamples);
        var draw = new ColumnDraw(columns, layers, Math.Max(config.ScaleSamples, wanted), (ulong)config.DataSeed ^ Draw);
        var keep = (int)Math.Min(wanted, draw.Count);
        var kept = layers.Select(_ => GC.AllocateUninitializedArray<float>(checked(keep * width), pinned: true)).ToArray();
        var moments = layers.Select(_ => new Moments(width)).ToArray();
        var (done, scaled) = (0L, Math.Min(config.ScaleSamples, draw.Count));
        for (var count = draw.Read(); count > 0; done += count, count = draw.Read())
        {
            for (var i = 0; i < layers.Count; i++)
            {
                var values = draw.Values(i);
                if (done < keep)
                    values.AsSpan(0, (int)Math.Min(count, keep - done) * width).CopyTo(kept[i].AsSpan((int)done * width));
                if (done < scaled)
                    moments[i].Add(values.AsSpan(0, (int)Math.Min(count, scaled - done) * width));
            }
            watch.Tell("Scale and centre", done + count, draw.Count);
            watch.EndIfAsked();
        }

        return [.. layers.Select((_, i) =>
        {
            var scaling = moments[i].Scaling(columns.Source.Name);
            for (var column = 0; column < keep; column++)
                scaling.Apply(kept[i].AsSpan(column * width, width));
            var centre = GeometricMedian.Of(kept[i], Math.Min(config.MedianSamples, keep), width, team);
            return new ColumnPreparation(scaling, centre, kept[i][..(Math.Min(StartSamples, keep) * width)]);
        })];
    }

    /// <summary>Mean and variance, in double precision.</summary>
    private sealed class Moments(int width)
    {
        private readonly double[] sum = new double[width], squares = new double[width];
        private long count;

        public void Add(ReadOnlySpan<float> columns)
        {
            for (; columns.Length > 0; columns = columns[width..], count++)
            {
                for (var d = 0; d < sum.Length; d++)
                {
                    sum[d] += columns[d];
                    squares[d] += (double)columns[d] * columns[d];
                }
            }
        }

        public ColumnScaling Scaling(string place)
        {
            var mean = new float[width];
            var variance = 0.0;
            for (var d = 0; d < width; d++)
            {
                mean[d] = (float)(sum[d] / count);
                variance += squares[d] / count - (double)mean[d] * (2 * sum[d] / count - mean[d]);
            }
            if (!(variance > 0) || !double.IsFinite(variance))
                throw new UserException($"The activations of {place} have variance {variance}: there is nothing to learn.");
            return new ColumnScaling(mean, (float)(1 / Math.Sqrt(variance)));
        }
    }
}
