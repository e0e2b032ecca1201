using System.Runtime.InteropServices;

namespace SaeDashboard.Sae.Activations;

/// <summary>
/// Groups of columns in memory, as records: the one at hand and the one to come, which is loaded bit by bit while the other is used. Where
/// all columns fit, they are loaded once. Belongs to one thread at a time.
/// </summary>
internal sealed unsafe class ColumnReader : IDisposable
{
    /// <summary>What is read in one piece: long enough for a disk, short enough to mix well (decision 0019).</summary>
    private const int BlockBytes = 128 << 10;

    private readonly ClipSubset columns;
    private readonly int[] layers;
    private readonly int recordBytes;
    private readonly int blocksAtOnce;
    private readonly Slot[] slots;
    private readonly List<ColumnRange> ranges = [];
    private readonly nint[] targets;
    private bool begun;

    /// <param name="columns">What is read.</param>
    /// <param name="layers">The layers of its source that are wanted.</param>
    /// <param name="memory">Bytes a layer may take.</param>
    /// <param name="seed">The order of the blocks.</param>
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

    /// <summary>Looked at while a group is loaded.</summary>
    public CancellationToken Cancellation { get; set; }

    /// <summary>While the first group is loaded, before which no step can be taken: told how many of its columns are there, and how many it has.</summary>
    public Action<long, long>? Beginning { get; set; }

    /// <summary>Bytes that all layers take together.</summary>
    public long MemoryBytes => Order.LargestGroup * recordBytes * slots.Length * layers.Length;

    /// <summary>
    /// A layer's records of a group <c>[columns, width]</c>, loading what is not loaded yet. Valid until another group but the next is asked
    /// for.
    /// </summary>
    /// <param name="group">The group, counted through all epochs.</param>
    /// <param name="layer">The layer's number in the source.</param>
    public byte* Records(long group, int layer)
    {
        var slot = Take(group);
        Load(slot, Order.BlockCount(slot.Group));
        return (byte*)slot.Memory[Array.IndexOf(layers, layer)];
    }

    /// <summary>Sees to it that this share of the group is loaded.</summary>
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
        // One group an epoch: the same columns again.
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
            // Always the same blocks together: a model's last bits may depend on what it computes at once.
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
