using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Decoding;

/// <summary>A prompt as the decoder's layers see it: each layer's keys and values, computed once.</summary>
internal sealed unsafe class TextCondition : IDisposable
{
    private readonly Tensor[] keys, values;

    /// <param name="keys">A layer: <c>[heads, tokens, head size]</c>, contiguous.</param>
    /// <param name="values">A layer: <c>[heads, tokens, head size]</c>, contiguous.</param>
    public TextCondition(Tensor[] keys, Tensor[] values)
    {
        (this.keys, this.values) = (keys, values);
        Tokens = (int)keys[0].shape[1];
    }

    /// <summary>The prompt's length.</summary>
    public int Tokens { get; }

    /// <summary>Keys <c>[heads, tokens, head size]</c>.</summary>
    public Tensor Keys(int layer) => this.keys[layer];

    /// <summary>Values <c>[heads, tokens, head size]</c>.</summary>
    public Tensor Values(int layer) => this.values[layer];

    /// <summary>Where the keys lie in host memory, while this object lives.</summary>
    public nint KeysAt(int layer) => Address(this.keys[layer]);

    /// <inheritdoc cref="KeysAt"/>
    public nint ValuesAt(int layer) => Address(this.values[layer]);

    public void Dispose()
    {
        foreach (var tensor in this.keys) tensor.Dispose();
        foreach (var tensor in this.values) tensor.Dispose();
    }

    private static nint Address(Tensor tensor) => (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(TensorData.AsSpan(tensor)));
}
