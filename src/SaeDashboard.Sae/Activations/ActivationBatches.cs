using SaeDashboard.Torch.Extensions;
using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Activations;

/// <summary>
/// Batches of shuffled, scaled columns, read ahead by one background thread: while a step computes, the next one's columns are gathered.
/// The batch of a step depends on the seed and the step alone.
/// </summary>
public sealed class ActivationBatches : IDisposable
{
    private const int Buffers = 3;
    private readonly ClipSubset columns;
    private readonly ColumnScaling scaling;
    private readonly ActivationShuffler order;
    private readonly int batch;
    private readonly BlockingCollection<Tensor> free = new(Buffers);
    private readonly BlockingCollection<Tensor> filled = new(Buffers);
    private readonly CancellationTokenSource stop = new();
    private readonly Thread reader;
    private ExceptionDispatchInfo? failure;
    private Tensor? current;

    /// <param name="columns">Where the columns come from.</param>
    /// <param name="scaling">What is done to each.</param>
    /// <param name="batch">Columns a step.</param>
    /// <param name="seed">The order of the columns.</param>
    /// <param name="firstStep">The step, counted from 0, whose batch comes first.</param>
    /// <param name="endStep">The step before which the batches end.</param>
    public ActivationBatches(ClipSubset columns, ColumnScaling scaling, int batch, ulong seed, long firstStep, long endStep)
    {
        this.columns = columns;
        this.scaling = scaling;
        this.batch = batch;
        order = new ActivationShuffler(columns.ColumnCount, seed);
        for (var i = 0; i < Buffers; i++)
            free.Add(empty([batch, columns.Store.Width], ScalarType.Float32).DetachFromDisposeScope());
        reader = new Thread(() => ReadAhead(firstStep, endStep)) { IsBackground = true, Name = "activation reader" };
        reader.Start();
    }

    /// <summary>
    /// next step's columns [batch, width], the caller's to overwrite, valid until the following call; null after the last step.
    /// </summary>
    public Tensor? Next()
    {
        if (current is not null)
            free.Add(current);
        current = null;
        if (filled.TryTake(out current, Timeout.Infinite))
            return current;
        failure?.Throw();
        return null;
    }

    public void Dispose()
    {
        stop.Cancel();
        reader.Join();
        foreach (var tensor in free.Concat(filled))
            tensor.Dispose();
        current?.Dispose();
        free.Dispose();
        filled.Dispose();
        stop.Dispose();
    }

    private void ReadAhead(long firstStep, long endStep)
    {
        try
        {
            for (var step = firstStep; step < endStep; step++)
            {
                var tensor = free.Take(stop.Token);
                Fill(step, TensorData.AsSpan(tensor));
                filled.Add(tensor);
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

    private void Fill(long step, Span<float> target)
    {
        var width = columns.Store.Width;
        for (var i = 0; i < batch; i++)
        {
            var column = target.Slice(i * width, width);
            columns.Copy(order.At(step * batch + i), column);
            scaling.Apply(column);
        }
    }
}
