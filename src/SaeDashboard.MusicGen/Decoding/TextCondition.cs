using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Decoding;

/// <summary>A prompt as the decoder's layers see it: each layer's keys and values, computed once.</summary>
internal sealed class TextCondition : IDisposable
{
    private readonly Tensor[] _keys, _values;

    /// <param name="keys">A layer: transposed keys <c>[heads, head size, tokens]</c>.</param>
    /// <param name="values">A layer: values <c>[heads, tokens, head size]</c>.</param>
    public TextCondition(Tensor[] keys, Tensor[] values)
    {
        _keys = keys;
        _values = values;
    }

    /// <summary>Transposed keys <c>[heads, head size, tokens]</c>.</summary>
    public Tensor Keys(int layer) => _keys[layer];

    /// <summary>Values <c>[heads, tokens, head size]</c>.</summary>
    public Tensor Values(int layer) => _values[layer];

    public void Dispose()
    {
        foreach (var tensor in _keys) tensor.Dispose();
        foreach (var tensor in _values) tensor.Dispose();
    }
}
