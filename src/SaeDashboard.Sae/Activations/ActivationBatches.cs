using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Runtime.Intrinsics.X86;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Activations;

/// <summary>
/// The batches of several feeds, read ahead by a background thread: while a step computes, the next batch is gathered and part of the next
/// group is loaded. The feed that is furthest behind comes first, so that all feeds use the same groups at the same time. A batch depends
/// only on its feed and step.
/// </summary>
internal sealed class ActivationBatches : IDisposable
{
    private const int Buffers = 3, LookMilliseconds = 200;
    private readonly IReadOnlyList<BatchFeed> feeds;
    private readonly Dictionary<(int Batch, int Width), BlockingCollection<Tensor>> free = [];
    private readonly List<Tensor> buffers = [];
    private readonly BlockingCollection<FeedBatch> filled = [];
    private readonly CancellationTokenSource stop = new();
    private readonly Thread reader;
    private readonly long begun = Stopwatch.GetTimestamp();
    private long waited;
    private ExceptionDispatchInfo? failure;
    private FeedBatch? current;

    /// <param name="feeds">The feeds. Their readers, owned by the caller, must not be used elsewhere until this is disposed of.</param>
    public ActivationBatches(params IReadOnlyList<BatchFeed> feeds)
    {
        this.feeds = feeds;
        foreach (var feed in feeds)
            feed.Reader.Cancellation = stop.Token;
        foreach (var shape in feeds.Select(feed => (feed.Batch, feed.Width)).Distinct())
        {
            free[shape] = [];
            for (var i = 0; i < Buffers; i++)
            {
                buffers.Add(empty([shape.Batch, shape.Width], ScalarType.Float32).DetachFromDisposeScope());
                free[shape].Add(buffers[^1], CancellationToken.None);
            }
        }
        reader = new Thread(ReadAhead) { IsBackground = true, Name = "activation reader" };
        reader.Start();
    }

    /// <summary>The share of the time since the start that <see cref="Next"/> waited for the reader, 0 to 1.</summary>
    public double WaitShare => waited / (double)Math.Max(1, Stopwatch.GetTimestamp() - begun);

    /// <summary>
    /// The next batch; returns the previous one to the pool. Null after the last batch, or when <paramref name="enough"/> ends the wait.
    /// </summary>
    /// <param name="enough">Called a few times per second while waiting: computing a group may take minutes.</param>
    public FeedBatch? Next(Func<bool>? enough = null)
    {
        if (current is not null)
            free[Shape(current.Feed)].Add(current.Columns, CancellationToken.None);
        current = null;
        if (!filled.TryTake(out current))
        {
            var from = Stopwatch.GetTimestamp();
            while (!filled.TryTake(out current, LookMilliseconds, CancellationToken.None) && !filled.IsCompleted && enough?.Invoke() != true)
            {
            }
            waited += Stopwatch.GetTimestamp() - from;
        }
        if (current is null && filled.IsCompleted)
            failure?.Throw();
        return current;
    }

    public void Dispose()
    {
        stop.Cancel();
        reader.Join();
        foreach (var tensor in buffers)
            tensor.Dispose();
        foreach (var pool in free.Values)
            pool.Dispose();
        filled.Dispose();
        stop.Dispose();
    }

    private static (int Batch, int Width) Shape(BatchFeed feed) => (feed.Batch, feed.Width);

    private void ReadAhead()
    {
        TorchRuntime.EnterThread();
        try
        {
            while (feeds.Where(feed => !feed.Done).MinBy(feed => feed.Position) is { } feed)
            {
                var tensor = free[Shape(feed)].Take(stop.Token);
                var step = feed.Step;
                feed.Fill(TensorData.AsSpan(tensor));
                filled.Add(new FeedBatch(feed, step, tensor), stop.Token);
                LoadAhead(feed.Reader);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Disposed before the last step.
        }
        catch (Exception error)
        {
            failure = ExceptionDispatchInfo.Capture(error);
        }
        finally
        {
            filled.CompleteAdding();
        }
    }

    /// <summary>Loads as large a share of the next group as was used of this one, so that it is complete when this one ends.</summary>
    private void LoadAhead(ColumnReader columns)
    {
        var (position, end, batch) = (long.MaxValue, 0L, 0);
        foreach (var feed in feeds)
        {
            if (feed.Done || feed.Reader != columns)
                continue;
            position = Math.Min(position, feed.Position);
            end = Math.Max(end, feed.EndPosition);
            batch = Math.Max(batch, feed.Batch);
        }
        if (end == 0)
            return;
        var group = columns.Order.GroupAt(position);
        var (first, count) = columns.Order.Span(group);
        if (first + count < end && !stop.IsCancellationRequested)
            columns.LoadAhead(group + 1, (position - first + batch) / (double)count);
    }
}

/// <summary>A sequence of batches from a reader: one layer's columns in one order, scaled. Several feeds may share a reader.</summary>
/// <param name="reader">Reads the records.</param>
/// <param name="layer">The layer's number in the reader's source.</param>
/// <param name="scaling">Scales each column.</param>
/// <param name="batch">Columns per step.</param>
/// <param name="seed">The seed of the order within a group.</param>
/// <param name="firstStep">The step of the first batch, counted from 0.</param>
/// <param name="endStep">The step after the last batch.</param>
internal sealed unsafe class BatchFeed(ColumnReader reader, int layer, ColumnScaling scaling, int batch, ulong seed, long firstStep, long endStep)
{
    private const int Ahead = 3;
    private readonly ActivationSource source = reader.Columns.Source.Layers[layer];
    private (long Group, int[] Places) order = (-1, []);
    private volatile bool closed;

    public ColumnReader Reader => reader;

    public int Batch => batch;

    public int Width => source.Width;

    /// <summary>The step of the next batch.</summary>
    public long Step { get; private set; } = firstStep;

    /// <summary>The position of the next batch.</summary>
    public long Position => Step * batch;

    /// <summary>The position after the last batch.</summary>
    public long EndPosition => endStep * batch;

    public bool Done => closed || Step >= endStep;

    /// <summary>Ends the feed. Thread-safe.</summary>
    public void Close() => closed = true;

    /// <summary>Writes the next batch <c>[batch, width]</c>.</summary>
    public void Fill(Span<float> target)
    {
        var recordBytes = source.Width * ColumnRecords.Bytes(source.DType);
        var (position, end) = (Position, Position + batch);
        fixed (float* start = target, mean = scaling.Mean)
        {
            var to = start;
            while (position < end)
            {
                var group = reader.Order.GroupAt(position);
                if (order.Group != group)
                    order = (group, reader.Order.Places(group, seed));
                var records = reader.Records(group, layer);
                var first = reader.Order.Span(group).First;
                var stop = Math.Min(end, first + order.Places.Length);
                for (; position < stop; position++, to += source.Width)
                {
                    var place = (int)(position - first);
                    if (place + Ahead < order.Places.Length)
                        Prefetch(records + (long)order.Places[place + Ahead] * recordBytes, recordBytes);
                    ColumnRecords.Scale(source.DType, records + (long)order.Places[place] * recordBytes, to, source.Width, mean, scaling.Scale);
                }
            }
        }
        Step++;
    }

    /// <summary>Hardware prefetchers cannot predict the next record of a shuffled group.</summary>
    private static void Prefetch(byte* record, int bytes)
    {
        if (!Sse.IsSupported)
            return;
        for (var i = 0; i < bytes; i += 64)
            Sse.Prefetch0(record + i);
    }
}

/// <summary>One batch.</summary>
/// <param name="Feed">Its feed.</param>
/// <param name="Step">Its step, counted from 0.</param>
/// <param name="Columns">Scaled columns <c>[batch, width]</c>, which the caller may overwrite until it requests the next batch.</param>
internal sealed record FeedBatch(BatchFeed Feed, long Step, Tensor Columns);
