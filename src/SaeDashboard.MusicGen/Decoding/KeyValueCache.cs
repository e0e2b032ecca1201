using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Decoding;

/// <summary>Keys and values of the columns so far, one pair of tensors a layer, allocated once and written in place.</summary>
internal sealed class KeyValueCache : IDisposable
{
    private readonly Tensor[] keys, values;
    private readonly int heads, size;

    /// <param name="config">The decoder's sizes.</param>
    /// <param name="lanes">Sequences.</param>
    /// <param name="columns">The longest sequence, without what stands in front of it.</param>
    /// <param name="prefix">The longest prefix.</param>
    /// <param name="device">Where they lie; null: in host memory.</param>
    public KeyValueCache(DecoderConfig config, int lanes, int columns, int prefix = 0, Device? device = null)
    {
        (heads, size, Columns, Prefix) = (config.Heads, config.HeadSize, prefix + columns, prefix);
        Tensor Layer() => zeros(lanes * config.Heads, Columns, config.HeadSize, device: device).DetachFromDisposeScope();
        Tensor[] Allocate() => [.. Enumerable.Range(0, config.Layers).Select(_ => Layer())];
        this.keys = Allocate();
        this.values = Allocate();
    }

    /// <summary>Places in front of column 0: a lane's prefix ends there, so it begins later where it is shorter.</summary>
    public int Prefix { get; }

    /// <summary>The longest sequence, prefix included.</summary>
    public int Columns { get; }

    /// <summary>Memory that a cache of these sizes takes, bytes.</summary>
    public static double Bytes(DecoderConfig config, int lanes, int columns) =>
        2.0 * sizeof(float) * config.Layers * lanes * columns * config.Width;

    /// <summary>Keys <c>[lanes · heads, columns, head size]</c>.</summary>
    public Tensor Keys(int layer) => this.keys[layer];

    /// <summary>Values <c>[lanes · heads, columns, head size]</c>.</summary>
    public Tensor Values(int layer) => this.values[layer];

    /// <summary>Writes columns <paramref name="firstColumn"/> and on of lanes <paramref name="firstLane"/> and on.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="firstLane">The first lane.</param>
    /// <param name="firstColumn">The first column; a prefix's are negative.</param>
    /// <param name="keys"><c>[lanes, heads, columns, head size]</c>, in any memory order.</param>
    /// <param name="values">As <paramref name="keys"/>.</param>
    public void Write(int layer, int firstLane, int firstColumn, Tensor keys, Tensor values)
    {
        using var scope = NewDisposeScope();
        var shape = keys.shape;
        Place(this.keys[layer]).copy_(keys);
        Place(this.values[layer]).copy_(values);

        Tensor Place(Tensor cache) => cache.narrow(0, firstLane * heads, shape[0] * heads).narrow(1, Prefix + firstColumn, shape[2]).view(shape);
    }

    /// <summary>Writes one column of the first lanes.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="column">The column.</param>
    /// <param name="lanes">How many.</param>
    /// <param name="projected">Queries, keys and values <c>[lanes, 3 · heads · head size]</c>.</param>
    public unsafe void WriteColumn(int layer, int column, int lanes, float* projected)
    {
        float* keys = (float*)KeysAt(layer), values = (float*)ValuesAt(layer);
        var width = heads * size;
        for (var lane = 0; lane < lanes; lane++)
        {
            var row = projected + 3L * width * lane;
            for (var head = 0; head < heads; head++)
            {
                var place = (((long)lane * heads + head) * Columns + Prefix + column) * size;
                Copy(row + width + head * size, keys + place);
                Copy(row + 2 * width + head * size, values + place);
            }
        }

        void Copy(float* from, float* to) => new ReadOnlySpan<float>(from, size).CopyTo(new Span<float>(to, size));
    }

    /// <summary>Where a layer's keys lie, while this object lives.</summary>
    public nint KeysAt(int layer) => TensorData.UncheckedAddress(this.keys[layer]);

    /// <inheritdoc cref="KeysAt"/>
    public nint ValuesAt(int layer) => TensorData.UncheckedAddress(this.values[layer]);

    public void Dispose()
    {
        foreach (var tensor in this.keys) tensor.Dispose();
        foreach (var tensor in this.values) tensor.Dispose();
    }
}
