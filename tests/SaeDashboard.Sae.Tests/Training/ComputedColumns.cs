using SaeDashboard.Sae.Activations;

namespace SaeDashboard.Sae.Tests.Training;

/// <summary>A replacement for a model: whole clips, four at once, two layers in one pass, the second made of the first.</summary>
internal sealed unsafe class ComputedColumns(ActivationStore store) : IColumnSource
{
    private int loaded;

    /// <summary>Clips that were computed.</summary>
    public int Loaded => loaded;

    /// <summary>After this many clips the second layer is not a number.</summary>
    public int SpoiltFrom { get; init; } = int.MaxValue;

    /// <summary>Called after every pass with the number of clips computed.</summary>
    public Action<int>? Computed { get; init; }

    public string Name => "a model";

    public IReadOnlyList<ActivationSource> Layers { get; } =
        [store.Source, store.Source with { Layer = 5, Hook = "layers.5.resid_post" }];

    public IReadOnlyList<ActivationClip> Clips => store.Manifest.Clips;

    public int ClipsAtOnce => 4;

    public void Load(ReadOnlySpan<ClipColumnRange> ranges, ReadOnlySpan<nint> targets)
    {
        Assert.InRange(ranges.Length, 1, 4);
        var size = store.ColumnsPerClip * store.Width;
        var values = new float[size];
        for (var i = 0; i < ranges.Length; i++)
        {
            Assert.Equal((0, store.ColumnsPerClip), (ranges[i].First, ranges[i].Count));
            store.Copy(ranges[i].Clip, 0, values);
            if (targets[0] != 0) values.CopyTo(new Span<float>((float*)targets[0] + (long)i * size, size));
            var spoilt = Interlocked.Increment(ref loaded) > SpoiltFrom;
            // Of last bits that depend on what is computed at once.
            for (var j = 0; j < size; j++) values[j] = spoilt ? float.NaN : values[j] * 2 + 1 + ranges.Length * 1e-4f;
            if (targets[1] != 0) values.CopyTo(new Span<float>((float*)targets[1] + (long)i * size, size));
        }
        Computed?.Invoke(loaded);
    }
}
