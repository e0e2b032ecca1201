using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Decoding;

/// <summary>Keys and values of the columns so far in the decoder's <see cref="Decoder.KeyType"/>: one pair of tensors per layer, allocated
/// once as zeros and written in place.</summary>
internal sealed class KeyValueCache : IDisposable
{
    private readonly Tensor[] keys, values;
    private readonly int heads, size;

    /// <param name="decoder">Gives sizes, device and type.</param>
    /// <param name="lanes">Sequences.</param>
    /// <param name="columns">Columns of the longest sequence, without its prefix.</param>
    /// <param name="prefix">The longest prefix.</param>
    public KeyValueCache(Decoder decoder, int lanes, int columns, int prefix = 0)
    {
        var config = decoder.Config;
        (heads, size, Columns, Prefix) = (config.Heads, config.HeadSize, prefix + columns, prefix);
        IsBFloat16 = decoder.KeyType == ScalarType.BFloat16;
        // One tensor per layer: a small model's then fit memory that malloc reuses, which need not be cleared page by page before the first sound.
        Tensor[] Layers() => [.. Enumerable.Range(0, config.Layers).Select(_ =>
            zeros([(long)lanes * config.Heads, Columns, config.HeadSize], decoder.KeyType, decoder.Device).DetachFromDisposeScope())];
        this.keys = Layers();
        this.values = Layers();
    }

    /// <summary>Whether the numbers are bfloat16.</summary>
    public bool IsBFloat16 { get; }

    /// <summary>Bytes of a number.</summary>
    public int NumberBytes => IsBFloat16 ? sizeof(ushort) : sizeof(float);

    /// <summary>Positions before column 0. A lane's prefix ends there, so a shorter one begins later.</summary>
    public int Prefix { get; }

    /// <summary>The longest sequence, prefix included.</summary>
    public int Columns { get; }

    /// <summary>Memory of a cache of these sizes, bytes.</summary>
    public static double Bytes(Decoder decoder, int lanes, int columns) =>
        2.0 * (decoder.KeyType == ScalarType.BFloat16 ? sizeof(ushort) : sizeof(float)) * decoder.Config.Layers * lanes * columns * decoder.Config.Width;

    /// <summary>Keys <c>[lanes · heads, columns, head size]</c>.</summary>
    public Tensor Keys(int layer) => this.keys[layer];

    /// <summary>Values <c>[lanes · heads, columns, head size]</c>.</summary>
    public Tensor Values(int layer) => this.values[layer];

    /// <summary>Writes columns from <paramref name="firstColumn"/> of lanes from <paramref name="firstLane"/>.</summary>
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
    /// <param name="lanes">Number of lanes.</param>
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
            if (IsBFloat16) BFloat16Rounding.Round(numbers, new Span<ushort>(to, size));
            else numbers.CopyTo(new Span<float>(to, size));
        }
    }

    /// <summary>Address of a layer's keys, valid while this object lives.</summary>
    public nint KeysAt(int layer) => TensorData.UncheckedAddress(this.keys[layer]);

    /// <inheritdoc cref="KeysAt"/>
    public nint ValuesAt(int layer) => TensorData.UncheckedAddress(this.values[layer]);

    public void Dispose()
    {
        foreach (var tensor in this.keys) tensor.Dispose();
        foreach (var tensor in this.values) tensor.Dispose();
    }
}

/// <summary>Each layer's keys and values for a prompt, computed once: those of the cross-attention, or in a melody model those of the
/// self-attention to the melody and the text, which are a prefix of the columns.</summary>
internal sealed class TextCondition : IDisposable
{
    private readonly Tensor[] keys, values;

    /// <param name="keys">Per layer: <c>[heads, tokens, head size]</c>, contiguous, in the type of <see cref="Decoder.KeyType"/>.</param>
    /// <param name="values">As <paramref name="keys"/>.</param>
    /// <param name="isPrefix">Whether they belong to the self-attention.</param>
    public TextCondition(Tensor[] keys, Tensor[] values, bool isPrefix = false)
    {
        (this.keys, this.values, IsPrefix) = (keys, values, isPrefix);
        Tokens = (int)keys[0].shape[1];
    }

    /// <summary>Whether it is a prefix of the columns instead of being cross-attended to.</summary>
    public bool IsPrefix { get; }

    /// <summary>The prompt's length, a prefix's melody included.</summary>
    public int Tokens { get; }

    /// <summary>Keys <c>[heads, tokens, head size]</c>.</summary>
    public Tensor Keys(int layer) => this.keys[layer];

    /// <summary>Values <c>[heads, tokens, head size]</c>.</summary>
    public Tensor Values(int layer) => this.values[layer];

    /// <summary>The keys in float32, in the caller's dispose scope.</summary>
    public Tensor WideKeys(int layer) => this.keys[layer].to_type(ScalarType.Float32);

    /// <summary>The values in float32, in the caller's dispose scope.</summary>
    public Tensor WideValues(int layer) => this.values[layer].to_type(ScalarType.Float32);

    /// <summary>Address of the keys in host memory, valid while this object lives.</summary>
    public nint KeysAt(int layer) => TensorData.UncheckedAddress(this.keys[layer]);

    /// <inheritdoc cref="KeysAt"/>
    public nint ValuesAt(int layer) => TensorData.UncheckedAddress(this.values[layer]);

    public void Dispose()
    {
        foreach (var tensor in this.keys) tensor.Dispose();
        foreach (var tensor in this.values) tensor.Dispose();
    }
}
