using SaeDashboard.Core;

namespace SaeDashboard.Sae.Activations;

/// <summary>A trainer's source of columns: a folder of activations, or a model that computes them on demand.</summary>
public interface IColumnSource
{
    /// <summary>The name used in messages.</summary>
    string Name { get; }

    /// <summary>Each layer's activations; equal except for layer and hook.</summary>
    IReadOnlyList<ActivationSource> Layers { get; }

    /// <summary>The clips, the same for every layer.</summary>
    IReadOnlyList<ActivationClip> Clips { get; }

    /// <summary>The number of whole clips to load together; 0: any range of columns can be loaded.</summary>
    int ClipsAtOnce { get; }

    /// <summary>
    /// Copies ranges of columns, one after the other, as records <c>[columns, width]</c> of <see cref="ActivationSource.DType"/>. The same
    /// ranges in one call give the same bits. Thread-safe, though calls may wait for each other.
    /// </summary>
    /// <param name="ranges">The columns; whole clips if <see cref="ClipsAtOnce"/> is above 0.</param>
    /// <param name="targets">For each layer, the address of its records, or 0 to skip it.</param>
    /// <exception cref="UserException">They cannot be read, or are not finite.</exception>
    void Load(ReadOnlySpan<ClipColumnRange> ranges, ReadOnlySpan<nint> targets);
}

/// <summary>Consecutive columns of one clip.</summary>
/// <param name="Clip">The clip's index in its source.</param>
/// <param name="First">The first column, counted from 0 within the clip's stored columns.</param>
/// <param name="Count">The number of columns.</param>
public readonly record struct ClipColumnRange(int Clip, int First, int Count);

/// <summary>A subset of a source's clips. Its columns are numbered consecutively, clip by clip, without padding.</summary>
public sealed class ClipSubset
{
    private readonly int[] clips;
    // The number of each clip's first column, followed by the total number of columns.
    private readonly long[] starts;

    private ClipSubset(IColumnSource source, int[] clips)
    {
        Source = source;
        this.clips = clips;
        starts = new long[clips.Length + 1];
        for (var i = 0; i < clips.Length; i++) starts[i + 1] = starts[i] + (source.Clips[clips[i]].Columns ?? source.Layers[0].ColumnsPerClip);
    }

    public IColumnSource Source { get; }

    /// <summary>The clips' indices in the source, ascending.</summary>
    public IReadOnlyList<int> Clips => clips;

    public long ColumnCount => starts[^1];

    public int Width => Source.Layers[0].Width;

    /// <summary>
    /// Splits a source by clip, not by column, because neighbouring columns are nearly equal. The held-out clips depend only on the seed
    /// and the clips' rows.
    /// </summary>
    /// <param name="source">The source, with at least two clips unless the fraction is 0.</param>
    /// <param name="heldOutFraction">The share of clips held out, rounded, at least one; 0 holds out none.</param>
    /// <param name="seed">The seed of the selection.</param>
    public static (ClipSubset Train, ClipSubset HeldOut) Split(IColumnSource source, double heldOutFraction, ulong seed)
    {
        const ulong Stream = 0x5711;
        var all = source.Clips.Count;
        var count = heldOutFraction <= 0 ? 0 : Math.Clamp((int)Math.Round(heldOutFraction * all), 1, all - 1);
        var order = Enumerable.Range(0, all).OrderBy(clip => CounterRandom.Bits(seed, Stream, (ulong)source.Clips[clip].Row)).ToArray();
        var heldOut = order[..count];
        var train = order[count..];
        Array.Sort(heldOut);
        Array.Sort(train);
        return (new ClipSubset(source, train), new ClipSubset(source, heldOut));
    }

    /// <summary>Adds the ranges of <paramref name="count"/> consecutive columns, wrapping around after the last.</summary>
    internal void AddRanges(long column, int count, List<ClipColumnRange> ranges)
    {
        while (count > 0)
        {
            var clip = Array.BinarySearch(starts, column);
            if (clip < 0) clip = ~clip - 1;
            var part = (int)Math.Min(count, starts[clip + 1] - column);
            ranges.Add(new ClipColumnRange(clips[clip], (int)(column - starts[clip]), part));
            count -= part;
            column = (column + part) % ColumnCount;
        }
    }
}
