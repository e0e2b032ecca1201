using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Decoding;

/// <summary>Keys and values of the columns so far, one pair of tensors a layer, allocated once and written in place: in the decoder's
/// <see cref="Decoder.KeyType"/>. Zeros until then.</summary>
internal sealed class KeyValueCache : IDisposable
{
    private readonly Tensor[] keys, values;
    private readonly int heads, size;

    /// <param name="decoder">Whose sizes, device and type it has.</param>
    /// <param name="lanes">Sequences.</param>
    /// <param name="columns">The longest sequence, without what stands in front of it.</param>
    /// <param name="prefix">The longest prefix.</param>
    public KeyValueCache(Decoder decoder, int lanes, int columns, int prefix = 0)
    {
        var config = decoder.Config;
        (heads, size, Columns, Prefix) = (config.Heads, config.HeadSize, prefix + columns, prefix);
        IsBrain = decoder.KeyType == ScalarType.BFloat16;
        // A tensor a layer: a small model's then fit memory that malloc keeps, which need not be cleared page by page before the first sound.
        Tensor[] Layers() => [.. Enumerable.Range(0, config.Layers).Select(_ =>
            zeros([(long)lanes * config.Heads, Columns, config.HeadSize], decoder.KeyType, decoder.Device).DetachFromDisposeScope())];
        this.keys = Layers();
        this.values = Layers();
    }

    /// <summary>Whether the numbers are bfloat16.</summary>
    public bool IsBrain { get; }

    /// <summary>Bytes of a number.</summary>
    public int NumberBytes => IsBrain ? sizeof(ushort) : sizeof(float);

    /// <summary>Places in front of column 0: a lane's prefix ends there, so it begins later where it is shorter.</summary>
    public int Prefix { get; }

    /// <summary>The longest sequence, prefix included.</summary>
    public int Columns { get; }

    /// <summary>Memory that a cache of these sizes takes, bytes.</summary>
    public static double Bytes(Decoder decoder, int lanes, int columns) =>
        2.0 * (decoder.KeyType == ScalarType.BFloat16 ? sizeof(ushort) : sizeof(float)) * decoder.Config.Layers * lanes * columns * decoder.Config.Width;

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
        byte* keys = (byte*)KeysAt(layer), values = (byte*)ValuesAt(layer);
        var width = heads * size;
        for (var lane = 0; lane < lanes; lane++)
        {
            var row = projected + 3L * width * lane;
            for (var head = 0; head < heads; head++)
            {
                var place = (((long)lane * heads + head) * Columns + Prefix + column) * size * NumberBytes;
                Copy(row + width + head * size, keys + place);
                Copy(row + 2 * width + head * size, values + place);
            }
        }

        void Copy(float* from, byte* to)
        {
            var numbers = new ReadOnlySpan<float>(from, size);
            if (IsBrain) BrainRounding.Round(numbers, new Span<ushort>(to, size));
            else numbers.CopyTo(new Span<float>(to, size));
        }
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

/// <summary>A prompt as the decoder's layers see it: each layer's keys and values, computed once. Those of the cross-attention; in a
/// melody model those of the self-attention to the melody and the text, which stand in front of the columns.</summary>
internal sealed class TextCondition : IDisposable
{
    private readonly Tensor[] keys, values;

    /// <param name="keys">A layer: <c>[heads, tokens, head size]</c>, contiguous, in the type of <see cref="Decoder.KeyType"/>.</param>
    /// <param name="values">As <paramref name="keys"/>.</param>
    /// <param name="isPrefix">Whether they belong to the self-attention.</param>
    public TextCondition(Tensor[] keys, Tensor[] values, bool isPrefix = false)
    {
        (this.keys, this.values, IsPrefix) = (keys, values, isPrefix);
        Tokens = (int)keys[0].shape[1];
    }

    /// <summary>Whether it stands in front of the columns instead of being cross-attended to.</summary>
    public bool IsPrefix { get; }

    /// <summary>The prompt's length, a prefix's melody included.</summary>
    public int Tokens { get; }

    /// <summary>Keys <c>[heads, tokens, head size]</c>.</summary>
    public Tensor Keys(int layer) => this.keys[layer];

    /// <summary>Values <c>[heads, tokens, head size]</c>.</summary>
    public Tensor Values(int layer) => this.values[layer];

    /// <summary>The keys in float32, of the caller's scope.</summary>
    public Tensor WideKeys(int layer) => this.keys[layer].to_type(ScalarType.Float32);

    /// <summary>The values in float32, of the caller's scope.</summary>
    public Tensor WideValues(int layer) => this.values[layer].to_type(ScalarType.Float32);

    /// <summary>Where the keys lie in host memory, while this object lives.</summary>
    public nint KeysAt(int layer) => TensorData.UncheckedAddress(this.keys[layer]);

    /// <inheritdoc cref="KeysAt"/>
    public nint ValuesAt(int layer) => TensorData.UncheckedAddress(this.values[layer]);

    public void Dispose()
    {
        foreach (var tensor in this.keys) tensor.Dispose();
        foreach (var tensor in this.values) tensor.Dispose();
    }
}
