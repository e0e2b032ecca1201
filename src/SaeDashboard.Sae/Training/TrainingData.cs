using SaeDashboard.Core;
using SaeDashboard.Sae.Activations;
using SaeDashboard.Sae.Features;

namespace SaeDashboard.Sae.Training;

/// <summary>
/// The data of one or several sessions with equal data settings: which clips are held out, the input scaling, and the groups of columns in
/// memory. For one source, of which it may serve several layers.
/// </summary>
internal sealed class TrainingData : IDisposable
{
    private const int RunningColumns = 8192;

    /// <summary>Columns of the final evaluation; fewer if a model computes them, so that it takes seconds.</summary>
    private const long MaximumColumns = 131_072, MaximumComputed = 32_768;

    private const ulong HeldOutDraw = 0xE7A1;
    private readonly IReadOnlyList<int> layers;
    private readonly TrainConfig config;
    private readonly SamplingProgress progress;
    private readonly Dictionary<int, ColumnReader> readers = [];
    private ColumnPreparation[]? prepared;
    private float[][]? running;

    /// <param name="source">The source of the columns, owned by the caller.</param>
    /// <param name="layers">The source's layers that are trained on.</param>
    /// <param name="config">The settings; only those of <see cref="Key"/> matter.</param>
    /// <param name="progress">Progress of the columns that a model computes.</param>
    /// <param name="ends">Whether to stop before the first step.</param>
    public TrainingData(
        IColumnSource source, IReadOnlyList<int> layers, TrainConfig config, IProgress<ClipProgress>? progress = null, Func<bool>? ends = null)
    {
        if (config.HeldOut > 0 && source.Clips.Count < 2)
            throw new UserException($"{source.Name} holds one clip: none can be held out. Collect more, or set \"heldOut\" to 0.");
        (Source, this.layers, this.config) = (source, layers, config);
        this.progress = new SamplingProgress(source.ClipsAtOnce > 0 ? progress : null, ends ?? (() => false));
        (Train, HeldOut) = ClipSubset.Split(source, config.HeldOut, (ulong)config.DataSeed);
    }

    public IColumnSource Source { get; }

    public ClipSubset Train { get; }

    public ClipSubset HeldOut { get; }

    public int Width => Train.Width;

    /// <summary>The clips that evaluations use: the held-out ones, or the training clips when there are none.</summary>
    private ClipSubset Measured => HeldOut.Clips.Count > 0 ? HeldOut : Train;

    /// <summary>Sessions of one source with equal keys can share an instance.</summary>
    public static object Key(TrainConfig config) => (config.HeldOut, config.DataSeed, config.ScaleSamples, config.MedianSamples);

    /// <summary>The groups of columns for a session.</summary>
    /// <exception cref="UserException">The groups are too small for its batches.</exception>
    public ColumnReader Reader(TrainConfig session)
    {
        if (!readers.TryGetValue(session.ShuffleMegabytes, out var reader))
        {
            reader = new ColumnReader(Train, layers, (long)session.ShuffleMegabytes << 20, (ulong)session.DataSeed)
            {
                Beginning = (done, total) => progress.Report("Columns to begin with", done, total),
            };
            readers.Add(session.ShuffleMegabytes, reader);
        }
        if (reader.Order.Groups > 1 && reader.Order.LargestGroup < 2L * session.Batch)
        {
            throw new UserException(
                $"\"shuffleMegabytes\" is {session.ShuffleMegabytes}: {reader.Order.LargestGroup} columns are in memory at a time, " +
                $"fewer than two batches of {session.Batch}. Increase it.");
        }
        return reader;
    }

    /// <summary>Scaling, centre and sample of a layer; computed for all layers on the first call.</summary>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    public ColumnPreparation Prepare(int layer, WorkerTeam team)
    {
        prepared ??= ColumnPreparation.Of(Train, layers, config, team, progress);
        return prepared[Place(layer)];
    }

    /// <summary>A layer's columns for the quick evaluations during training <c>[n, d]</c>, not scaled.</summary>
    public float[] Running(int layer)
    {
        running ??= DrawAll(RunningColumns);
        return running[Place(layer)];
    }

    /// <summary>
    /// A layer's columns for the final evaluation, not scaled: the first n of <c>[n or more, d]</c>, valid until the next.
    /// </summary>
    public IEnumerable<(float[] Columns, int Count)> Everything(int layer)
    {
        var draw = new ColumnDraw(Measured, [layer], Source.ClipsAtOnce > 0 ? MaximumComputed : MaximumColumns, Seed);
        var done = 0L;
        for (var count = draw.Read(); count > 0; count = draw.Read())
        {
            progress.Report("Final evaluation", done += count, draw.Count);
            yield return (draw.Values(0), count);
        }
    }

    public void Dispose()
    {
        foreach (var reader in readers.Values)
            reader.Dispose();
    }

    private ulong Seed => (ulong)config.DataSeed ^ HeldOutDraw;

    private int Place(int layer) => layers.ToList().IndexOf(layer);

    private float[][] DrawAll(long limit)
    {
        var draw = new ColumnDraw(Measured, layers, limit, Seed);
        var all = layers.Select(_ => new float[draw.Count * Width]).ToArray();
        var done = 0;
        for (var count = draw.Read(); count > 0; done += count, count = draw.Read())
        {
            for (var i = 0; i < layers.Count; i++)
                draw.Values(i).AsSpan(0, count * Width).CopyTo(all[i].AsSpan(done * Width));
            progress.Report("Columns held out", done + count, draw.Count);
        }
        return all;
    }
}

/// <summary>What a run derives from one sample of its columns before the first step.</summary>
/// <param name="Scaling">Scales columns to inputs.</param>
/// <param name="Centre">The inputs' geometric median [d], where b_dec starts.</param>
/// <param name="Sample">A sample of inputs <c>[n, d]</c>.</param>
internal sealed record ColumnPreparation(ColumnScaling Scaling, float[] Centre, float[] Sample)
{
    /// <summary>Columns from which an architecture initializes its thresholds.</summary>
    private const int StartSamples = 1024;

    private const ulong Draw = 0x5CA1E;

    /// <summary>Prepares all layers in one pass.</summary>
    /// <param name="columns">The clips to sample from.</param>
    /// <param name="layers">The source's layers.</param>
    /// <param name="config">The numbers of columns.</param>
    /// <param name="team">The threads.</param>
    /// <param name="progress">Receives the progress.</param>
    /// <exception cref="UserException">All columns are equal, or cannot be read.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    public static ColumnPreparation[] Of(
        ClipSubset columns, IReadOnlyList<int> layers, TrainConfig config, WorkerTeam team, SamplingProgress progress)
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
            progress.Report("Scale and centre", done + count, draw.Count);
            progress.ThrowIfStopped();
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
            if (!double.IsFinite(variance))
                throw new UserException($"The activations of {place} hold values that are not finite: they are damaged. Collect them again.");
            if (!(variance > 0))
                throw new UserException($"The activations of {place} have variance {variance}: nothing can be learned.");
            return new ColumnScaling(mean, (float)(1 / Math.Sqrt(variance)));
        }
    }
}

/// <summary>
/// Progress and cancellation of reading columns before, between and after the steps. A store reads them at once; a large model takes
/// minutes to compute them.
/// </summary>
/// <param name="progress">Receives the progress, or null.</param>
/// <param name="ends">Whether the run was asked to stop.</param>
internal sealed class SamplingProgress(IProgress<ClipProgress>? progress, Func<bool> ends)
{
    /// <summary>Reports progress.</summary>
    /// <param name="what">The purpose of the columns.</param>
    /// <param name="done">Columns read.</param>
    /// <param name="total">Columns in total.</param>
    public void Report(string what, long done, long total) => progress?.Report(new ClipProgress(what, (int)done, (int)total, "columns"));

    /// <summary>For reading before the first step, when nothing is lost by stopping.</summary>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    public void ThrowIfStopped()
    {
        if (ends())
            throw new OperationCanceledException();
    }
}

/// <summary>
/// The initial b_dec: the point with the smallest sum of distances to a sample of inputs (Weiszfeld 1937), which outliers move less than
/// the mean.
/// </summary>
internal static unsafe class GeometricMedian
{
    private const int MaximumIterations = 100;
    private const double Tolerance = 1e-4;
    private const int BlockRows = 1024;

    /// <summary>The geometric median [width] of points [count, width].</summary>
    /// <param name="points">At least <paramref name="count"/> points, pinned or not.</param>
    /// <param name="count">The number of points used.</param>
    /// <param name="width">d.</param>
    /// <param name="team">The threads.</param>
    public static float[] Of(float[] points, int count, int width, WorkerTeam team)
    {
        var blocks = (count + BlockRows - 1) / BlockRows;
        var median = GC.AllocateArray<float>(width, pinned: true);
        var parts = Enumerable.Range(0, blocks).Select(_ => new float[width]).ToArray();
        var weights = new double[blocks];
        // Start at the mean: equal weights.
        Gather(points, count, width, null, parts, weights, team);
        Combine(parts, weights, median);
        for (var iteration = 0; iteration < MaximumIterations; iteration++)
        {
            Gather(points, count, width, median, parts, weights, team);
            if (Combine(parts, weights, median) < Tolerance)
                break;
        }
        return median;
    }

    private static void Gather(float[] points, int count, int width, float[]? median, float[][] parts, double[] weights, WorkerTeam team)
    {
        team.Run(parts.Length, (_, block) =>
        {
            var difference = stackalloc float[width];
            Array.Clear(parts[block]);
            weights[block] = 0;
            fixed (float* start = points, part = parts[block], centre = median)
            {
                for (var i = block * BlockRows; i < Math.Min((block + 1) * BlockRows, count); i++)
                {
                    var point = start + (long)i * width;
                    var weight = 1f;
                    if (centre != null)
                    {
                        new Span<float>(point, width).CopyTo(new Span<float>(difference, width));
                        RowKernels.Add(difference, -1, centre, width);
                        // A point at the median would have infinite weight.
                        weight = 1 / MathF.Max(1e-6f, MathF.Sqrt(RowKernels.Dot(difference, difference, width)));
                    }
                    RowKernels.Add(part, weight, point, width);
                    weights[block] += weight;
                }
            }
        });
    }

    /// <summary>Moves the median to the weighted mean; returns the distance, which is relative because E‖x'‖² = 1.</summary>
    private static double Combine(float[][] parts, double[] weights, float[] median)
    {
        var total = weights.Sum();
        var moved = 0.0;
        for (var d = 0; d < median.Length; d++)
        {
            var sum = 0.0;
            foreach (var part in parts)
                sum += part[d];
            var value = (float)(sum / total);
            moved += (value - median[d]) * (value - median[d]);
            median[d] = value;
        }
        return Math.Sqrt(moved);
    }
}
