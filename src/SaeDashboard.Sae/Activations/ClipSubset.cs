namespace SaeDashboard.Sae.Activations;

/// <summary>Some clips of a source, whose columns are numbered through, clip after clip; padding has no number.</summary>
public sealed class ClipSubset
{
    private readonly int[] clips;
    // The number of each clip's first column, and behind them how many columns there are.
    private readonly long[] starts;

    private ClipSubset(IColumnSource source, int[] clips)
    {
        Source = source;
        this.clips = clips;
        starts = new long[clips.Length + 1];
        for (var i = 0; i < clips.Length; i++) starts[i + 1] = starts[i] + (source.Clips[clips[i]].Columns ?? source.Layers[0].ColumnsPerClip);
    }

    public IColumnSource Source { get; }

    /// <summary>The clips' numbers in the source, ascending.</summary>
    public IReadOnlyList<int> Clips => clips;

    public long ColumnCount => starts[^1];

    public int Width => Source.Layers[0].Width;

    /// <summary>
    /// Splits a source by clip, never by column: neighbouring columns are nearly equal. Which clips are held out depends on the seed and the
    /// clips' rows alone.
    /// </summary>
    /// <param name="source">What is split; it has at least two clips unless the fraction is 0.</param>
    /// <param name="heldOutFraction">The share of clips held out, rounded, at least one; 0 holds out none.</param>
    /// <param name="seed">Chooses the clips.</param>
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

    /// <summary>Adds the ranges of so many columns from one on, going on with the first after the last.</summary>
    internal void AddRanges(long column, int count, List<ColumnRange> ranges)
    {
        while (count > 0)
        {
            var clip = Array.BinarySearch(starts, column);
            if (clip < 0) clip = ~clip - 1;
            var part = (int)Math.Min(count, starts[clip + 1] - column);
            ranges.Add(new ColumnRange(clips[clip], (int)(column - starts[clip]), part));
            count -= part;
            column = (column + part) % ColumnCount;
        }
    }
}
