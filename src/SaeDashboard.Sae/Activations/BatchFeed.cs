using System.Runtime.Intrinsics.X86;

namespace SaeDashboard.Sae.Activations;

/// <summary>One sequence of batches from a reader: a layer's columns in an order of their own, scaled. Several feeds may share a reader.</summary>
/// <param name="reader">Where the records are.</param>
/// <param name="layer">The layer's number in the reader's source.</param>
/// <param name="scaling">What is done to each column.</param>
/// <param name="batch">Columns a step.</param>
/// <param name="seed">The order of the columns within a group.</param>
/// <param name="firstStep">The step, counted from 0, whose batch comes first.</param>
/// <param name="endStep">The step before which the batches end.</param>
internal sealed unsafe class BatchFeed(ColumnReader reader, int layer, ColumnScaling scaling, int batch, ulong seed, long firstStep, long endStep)
{
    private const int Ahead = 3;
    private readonly ActivationSource source = reader.Columns.Source.Layers[layer];
    private (long Group, int[] Places) order = (-1, []);
    private volatile bool closed;

    public ColumnReader Reader => reader;

    public int Batch => batch;

    public int Width => source.Width;

    /// <summary>The step whose batch comes next.</summary>
    public long Step { get; private set; } = firstStep;

    /// <summary>Where that batch begins.</summary>
    public long Position => Step * batch;

    /// <summary>Where the last batch ends.</summary>
    public long EndPosition => endStep * batch;

    public bool Done => closed || Step >= endStep;

    /// <summary>Nobody wants the rest. Said by any thread.</summary>
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

    /// <summary>No processor guesses where the next record of a shuffled group is.</summary>
    private static void Prefetch(byte* record, int bytes)
    {
        if (!Sse.IsSupported)
            return;
        for (var i = 0; i < bytes; i += 64)
            Sse.Prefetch0(record + i);
    }
}
