using System.Runtime.InteropServices;

namespace SaeDashboard.Sae.Activations;

/// <summary>
/// Groups of columns in memory, as records: the current group and the next, which is loaded piece by piece while the current one is used.
/// If all columns fit, they are loaded once. Not thread-safe.
/// </summary>
internal sealed unsafe class ColumnReader : IDisposable
{
    /// <summary>Bytes read at once: long enough for a disk, short enough to mix well (decision 0019).</summary>
    private const int BlockBytes = 128 << 10;

    private readonly ClipSubset columns;
    private readonly int[] layers;
    private readonly int recordBytes;
    private readonly int blocksAtOnce;
    private readonly Slot[] slots;
    private readonly List<ClipColumnRange> ranges = [];
    private readonly nint[] targets;
    private bool begun;

    /// <param name="columns">The columns to read.</param>
    /// <param name="layers">The source's layers to read.</param>
    /// <param name="memory">The memory limit per layer, in bytes.</param>
    /// <param name="seed">The seed of the order of blocks.</param>
    public ColumnReader(ClipSubset columns, IReadOnlyList<int> layers, long memory, ulong seed)
    {
        (this.columns, this.layers) = (columns, [.. layers]);
        var source = columns.Source.Layers[0];
        recordBytes = source.Width * ColumnRecords.Bytes(source.DType);
        var wholeClips = columns.Source.ClipsAtOnce;
        var granule = wholeClips > 0 ? source.ColumnsPerClip : 1;
        var block = wholeClips > 0 ? granule : (int)Math.Min(Math.Max(1, BlockBytes / recordBytes), columns.ColumnCount);
        blocksAtOnce = Math.Max(1, wholeClips);
        var fits = columns.ColumnCount * recordBytes <= memory;
        var group = fits ? columns.ColumnCount : Math.Max(block, Math.Min(memory / 2 / recordBytes, int.MaxValue / 2));
        Order = new ColumnOrder(columns.ColumnCount, granule, block, group, seed);
        slots = [.. Enumerable.Range(0, Order.Groups == 1 ? 1 : 2).Select(_ => new Slot(layers.Count))];
        targets = new nint[columns.Source.Layers.Count];
    }

    public ColumnOrder Order { get; }

    public ClipSubset Columns => columns;

    /// <summary>Checked while a group is loaded.</summary>
    public CancellationToken Cancellation { get; set; }

    /// <summary>Called while the first group is loaded, before the first step, with its loaded and total columns.</summary>
    public Action<long, long>? Beginning { get; set; }

    /// <summary>Memory of all layers, in bytes.</summary>
    public long MemoryBytes => Order.LargestGroup * recordBytes * slots.Length * layers.Length;

    /// <summary>
    /// A layer's records of a group <c>[columns, width]</c>, loaded if necessary. Valid until a group other than the next is requested.
    /// </summary>
    /// <param name="group">The group, counted through all epochs.</param>
    /// <param name="layer">The layer's index in the source.</param>
    public byte* Records(long group, int layer)
    {
        var slot = Take(group);
        Load(slot, Order.BlockCount(slot.Group));
        return (byte*)slot.Memory[Array.IndexOf(layers, layer)];
    }

    /// <summary>Loads at least this share of the group.</summary>
    public void LoadAhead(long group, double share)
    {
        if (Order.Groups == 1)
            return;
        var slot = Take(group);
        Load(slot, (int)Math.Ceiling(Math.Min(1, share) * Order.BlockCount(slot.Group)));
    }

    public void Dispose()
    {
        foreach (var slot in slots)
        {
            foreach (var memory in slot.Memory)
                NativeMemory.Free((void*)memory);
            Array.Clear(slot.Memory);
        }
    }

    private Slot Take(long group)
    {
        // One group per epoch: the same columns again.
        group = Order.Groups == 1 ? 0 : group;
        foreach (var there in slots)
        {
            if (there.Group == group)
                return there;
        }
        var slot = slots.MinBy(each => each.Group)!;
        for (var i = 0; i < layers.Length && slot.Memory[i] == 0; i++)
            slot.Memory[i] = (nint)NativeMemory.Alloc((nuint)(Order.LargestGroup * recordBytes));
        (slot.Group, slot.Blocks, slot.Columns) = (group, 0, 0);
        return slot;
    }

    private void Load(Slot slot, int blocks)
    {
        while (slot.Blocks < blocks)
        {
            Cancellation.ThrowIfCancellationRequested();
            // Always the same blocks together: a model's last bits may depend on the batch it computes.
            var end = Math.Min(slot.Blocks + blocksAtOnce, Order.BlockCount(slot.Group));
            ranges.Clear();
            var count = 0;
            for (var i = slot.Blocks; i < end; i++)
            {
                var (column, length) = Order.Block(slot.Group, i);
                columns.AddRanges(column, length, ranges);
                count += length;
            }
            for (var i = 0; i < layers.Length; i++)
                targets[layers[i]] = slot.Memory[i] + (nint)(slot.Columns * recordBytes);
            columns.Source.Load(CollectionsMarshal.AsSpan(ranges), targets);
            (slot.Blocks, slot.Columns) = (end, slot.Columns + count);
            if (!begun)
                Beginning?.Invoke(slot.Columns, Order.Span(slot.Group).Count);
        }
        begun = true;
    }

    private sealed class Slot(int layers)
    {
        public long Group { get; set; } = -1;

        public int Blocks { get; set; }

        public long Columns { get; set; }

        public nint[] Memory { get; } = new nint[layers];
    }
}

/// <summary>
/// A fixed sample of columns without replacement, read once or more. Whole blocks are drawn, so that a disk is not read column by column
/// and a model does not compute a clip twice.
/// </summary>
internal sealed unsafe class ColumnDraw
{
    private const int BlockColumns = 16, BlocksAtOnce = 64;
    private readonly ClipSubset columns;
    private readonly int[] layers;
    private readonly ActivationShuffler order;
    private readonly long blocks;
    private readonly int block, atOnce;
    private readonly byte[] records;
    private readonly float[][] values;
    private readonly List<ClipColumnRange> ranges = [];
    private long nextBlock, read;

    /// <param name="columns">The columns to sample from.</param>
    /// <param name="layers">The source's layers to read.</param>
    /// <param name="count">The number of columns, limited to all there are.</param>
    /// <param name="seed">The seed of the sample. A smaller sample is a prefix of a larger one.</param>
    public ColumnDraw(ClipSubset columns, IReadOnlyList<int> layers, long count, ulong seed)
    {
        (this.columns, this.layers) = (columns, [.. layers]);
        var source = columns.Source.Layers[0];
        var wholeClips = columns.Source.ClipsAtOnce;
        (block, atOnce) = wholeClips > 0 ? (source.ColumnsPerClip, wholeClips) : (BlockColumns, BlocksAtOnce);
        Count = Math.Min(count, columns.ColumnCount);
        blocks = (columns.ColumnCount + block - 1) / block;
        order = new ActivationShuffler(blocks, seed);
        var largest = block * atOnce * source.Width;
        records = GC.AllocateUninitializedArray<byte>(largest * ColumnRecords.Bytes(source.DType) * this.layers.Length, pinned: true);
        values = [.. this.layers.Select(_ => GC.AllocateUninitializedArray<float>(largest, pinned: true))];
    }

    /// <summary>Columns in total.</summary>
    public long Count { get; }

    /// <summary>Reads the next part; returns its number of columns, 0 at the end.</summary>
    public int Read()
    {
        if (read >= Count)
            return 0;
        ranges.Clear();
        var there = 0;
        for (var i = 0; i < atOnce && nextBlock < blocks && read + there < Count; i++, nextBlock++)
        {
            var first = order.At(nextBlock) * block;
            var length = (int)Math.Min(block, columns.ColumnCount - first);
            columns.AddRanges(first, length, ranges);
            there += length;
        }
        var source = columns.Source.Layers[0];
        var bytes = (long)there * source.Width * ColumnRecords.Bytes(source.DType);
        fixed (byte* start = records)
        {
            var targets = new nint[columns.Source.Layers.Count];
            for (var i = 0; i < layers.Length; i++)
                targets[layers[i]] = (nint)(start + i * bytes);
            columns.Source.Load(CollectionsMarshal.AsSpan(ranges), targets);
            for (var i = 0; i < layers.Length; i++)
            {
                fixed (float* to = values[i])
                    ColumnRecords.Convert(source.DType, start + i * bytes, to, (long)there * source.Width);
            }
        }
        there = (int)Math.Min(there, Count - read);
        read += there;
        return there;
    }

    /// <summary>The columns of the last <see cref="Read"/> of the i-th requested layer <c>[n, width]</c>.</summary>
    public float[] Values(int i) => values[i];
}
