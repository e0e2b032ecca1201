using System.Runtime.InteropServices;

namespace SaeDashboard.Sae.Activations;

/// <summary>
/// A fixed draw of columns without replacement, read through once or more. Whole blocks are drawn, so that a disk is not asked for single
/// columns and a model not for a clip twice.
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
    private readonly List<ColumnRange> ranges = [];
    private long nextBlock, read;

    /// <param name="columns">Where to draw.</param>
    /// <param name="layers">The layers of its source that are wanted.</param>
    /// <param name="count">How many columns; at most all there are.</param>
    /// <param name="seed">The draw. The columns of a shorter draw are the first of a longer one.</param>
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

    /// <summary>Columns in all.</summary>
    public long Count { get; }

    /// <summary>Reads on; returns how many columns there are now, 0 at the end.</summary>
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

    /// <summary>The columns that <see cref="Read"/> found, of the i-th layer asked for <c>[n, width]</c>.</summary>
    public float[] Values(int i) => values[i];
}
