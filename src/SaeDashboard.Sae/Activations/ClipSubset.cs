namespace SaeDashboard.Sae.Activations;

/// <summary>e clips of a store, whose columns are numbered through: column i belongs to clip i / columns-per-clip of the subset.</summary>
public sealed class ClipSubset
{
    private readonly int[] clips;

    private ClipSubset(ActivationStore store, int[] clips)
    {
        Store = store;
        this.clips = clips;
    }

    public ActivationStore Store { get; }

    /// <summary>The clips' numbers in the store, ascending.</summary>
    public IReadOnlyList<int> Clips => clips;

    public long ColumnCount => (long)clips.Length * Store.ColumnsPerClip;

    /// <summary>
    /// Splits a store by clip, never by column: neighbouring columns are nearly equal. Which clips are held out depends on the seed and the
    /// clips' rows alone.
    /// </summary>
    /// <param name="store">What is split; it has at least two clips unless the fraction is 0.</param>
    /// <param name="heldOutFraction">The share of clips held out, rounded, at least one; 0 holds out none.</param>
    /// <param name="seed">Chooses the clips.</param>
    public static (ClipSubset Train, ClipSubset HeldOut) Split(ActivationStore store, double heldOutFraction, ulong seed)
    {
        const ulong Stream = 0x5711;
        var count = heldOutFraction <= 0 ? 0 : Math.Clamp((int)Math.Round(heldOutFraction * store.ClipCount), 1, store.ClipCount - 1);
        var order = Enumerable.Range(0, store.ClipCount)
            .OrderBy(clip => CounterRandom.Bits(seed, Stream, (ulong)store.Manifest.Clips[clip].Row)).ToArray();
        var heldOut = order[..count];
        var train = order[count..];
        Array.Sort(heldOut);
        Array.Sort(train);
        return (new ClipSubset(store, train), new ClipSubset(store, heldOut));
    }

    /// <summary>Copies column i of the subset [width].</summary>
    public void Copy(long column, Span<float> target)
    {
        var (clip, within) = Math.DivRem(column, Store.ColumnsPerClip);
        Store.Copy(clips[clip], (int)within, target);
    }
}
