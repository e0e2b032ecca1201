using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Decoding;

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
