using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.ExceptionServices;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Activations;

/// <summary>
/// The batches of some feeds, read ahead by one background thread: while a step computes, the next one's columns are gathered and a part of
/// the next group is loaded. The feed that is furthest behind comes first, so all go through the groups together. What a batch holds depends
/// on its feed and step alone.
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

    /// <param name="feeds">What is read; their readers belong to this from now on until it is disposed of, and stay the caller's.</param>
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
                free[shape].Add(buffers[^1]);
            }
        }
        reader = new Thread(ReadAhead) { IsBackground = true, Name = "activation reader" };
        reader.Start();
    }

    /// <summary>The share of the time since the start in which <see cref="Next"/> had to wait for the reader.</summary>
    public double WaitShare => waited / (double)Math.Max(1, Stopwatch.GetTimestamp() - begun);

    /// <summary>The next batch; the one before is given back. Null after the last, and when nobody wants to wait any longer.</summary>
    /// <param name="enough">Asked some times a second while there is none: a group may take minutes to compute.</param>
    public FeedBatch? Next(Func<bool>? enough = null)
    {
        if (current is not null)
            free[Shape(current.Feed)].Add(current.Columns);
        current = null;
        if (!filled.TryTake(out current))
        {
            var from = Stopwatch.GetTimestamp();
            while (!filled.TryTake(out current, LookMilliseconds) && !filled.IsCompleted && enough?.Invoke() != true)
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
                filled.Add(new FeedBatch(feed, step, tensor));
                LoadAhead(feed.Reader);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Disposed before the last step: nobody reads on.
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

    /// <summary>Loads of the next group as much as was used of this one, so that it is there when this one ends.</summary>
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
