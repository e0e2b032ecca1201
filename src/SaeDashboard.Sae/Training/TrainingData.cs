using SaeDashboard.Core;
using SaeDashboard.Sae.Activations;
using SaeDashboard.Sae.Features;

namespace SaeDashboard.Sae.Training;

/// <summary>
/// What sessions that differ in nothing that concerns the data have in common: which clips are held out, the scaling, and the groups of
/// columns in memory. Belongs to one source, of which it may serve several layers.
/// </summary>
internal sealed class TrainingData : IDisposable
{
    private const int RunningColumns = 8192;

    /// <summary>Columns of the last measure: of a source that computes them, so many as take seconds.</summary>
    private const long MaximumColumns = 131_072, MaximumComputed = 32_768;

    private const ulong HeldOutDraw = 0xE7A1;
    private readonly IReadOnlyList<int> layers;
    private readonly TrainConfig config;
    private readonly DrawWatch watch;
    private readonly Dictionary<int, ColumnReader> readers = [];
    private ColumnPreparation[]? prepared;
    private float[][]? running;

    /// <param name="source">Where the columns are; the caller's.</param>
    /// <param name="layers">The layers of it that are trained on.</param>
    /// <param name="config">Of which only what <see cref="Key"/> has counts.</param>
    /// <param name="progress">Told how far draws are that a model computes.</param>
    /// <param name="ends">Whether a session that has not begun shall not begin.</param>
    public TrainingData(
        IColumnSource source, IReadOnlyList<int> layers, TrainConfig config, IProgress<ClipProgress>? progress = null, Func<bool>? ends = null)
    {
        if (config.HeldOut > 0 && source.Clips.Count < 2)
            throw new UserException($"{source.Name} holds one clip: none can be held out. Collect more, or set \"heldOut\" to 0.");
        (Source, this.layers, this.config) = (source, layers, config);
        watch = new DrawWatch(source.ClipsAtOnce > 0 ? progress : null, ends ?? (() => false));
        (Train, HeldOut) = ClipSubset.Split(source, config.HeldOut, (ulong)config.DataSeed);
    }

    public IColumnSource Source { get; }

    public ClipSubset Train { get; }

    public ClipSubset HeldOut { get; }

    public int Width => Train.Width;

    /// <summary>What measures are taken on: the clips held out, or those trained on when there are none.</summary>
    private ClipSubset Measured => HeldOut.Clips.Count > 0 ? HeldOut : Train;

    /// <summary>Sessions with equal keys, of one source, can share this.</summary>
    public static object Key(TrainConfig config) => (config.HeldOut, config.DataSeed, config.ScaleSamples, config.MedianSamples);

    /// <summary>The groups of columns for a session.</summary>
    /// <exception cref="UserException">They are too small for its batches.</exception>
    public ColumnReader Reader(TrainConfig session)
    {
        if (!readers.TryGetValue(session.ShuffleMegabytes, out var reader))
        {
            reader = new ColumnReader(Train, layers, (long)session.ShuffleMegabytes << 20, (ulong)session.DataSeed)
            {
                Beginning = (done, total) => watch.Tell("Columns to begin with", done, total),
            };
            readers.Add(session.ShuffleMegabytes, reader);
        }
        if (reader.Order.Groups > 1 && reader.Order.LargestGroup < 2L * session.Batch)
        {
            throw new UserException(
                $"\"shuffleMegabytes\" is {session.ShuffleMegabytes}: {reader.Order.LargestGroup} columns are in memory at a time, fewer than two batches of " +
                $"{session.Batch}. Give it more.");
        }
        return reader;
    }

    /// <summary>Scaling, centre and sample of a layer; computed for all layers when first asked for.</summary>
    /// <exception cref="OperationCanceledException">The session shall not begin.</exception>
    public ColumnPreparation Prepare(int layer, WorkerTeam team)
    {
        prepared ??= ColumnPreparation.Of(Train, layers, config, team, watch);
        return prepared[Place(layer)];
    }

    /// <summary>A layer's columns for the quick measure that is taken while training <c>[n, d]</c>, not scaled.</summary>
    public float[] Running(int layer)
    {
        running ??= DrawAll(RunningColumns);
        return running[Place(layer)];
    }

    /// <summary>A layer's columns for the last measure, not scaled: the first n of <c>[n or more, d]</c>, valid until the next.</summary>
    public IEnumerable<(float[] Columns, int Count)> Everything(int layer)
    {
        var draw = new ColumnDraw(Measured, [layer], Source.ClipsAtOnce > 0 ? MaximumComputed : MaximumColumns, Seed);
        var done = 0L;
        for (var count = draw.Read(); count > 0; count = draw.Read())
        {
            watch.Tell("Last measure", done += count, draw.Count);
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
            watch.Tell("Columns held out", done + count, draw.Count);
        }
        return all;
    }
}
