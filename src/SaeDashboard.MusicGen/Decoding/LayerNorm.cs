using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace SaeDashboard.MusicGen.Decoding;

/// <summary>A layer norm over the width, ε = 1e−5.</summary>
internal sealed class LayerNorm : IDisposable
{
    private readonly Tensor weight, bias;
    private readonly long[] shape;

    public LayerNorm(WeightReader weights, string name, long width)
    {
        shape = [width];
        weight = weights.Float32($"{name}.weight", width).DetachFromDisposeScope();
        bias = weights.Float32($"{name}.bias", width).DetachFromDisposeScope();
    }

    public const double Epsilon = 1e-5;

    /// <summary><c>[width]</c>.</summary>
    public Tensor Weight => weight;

    /// <summary><c>[width]</c>.</summary>
    public Tensor Bias => bias;

    /// <param name="x"><c>[…, width]</c>.</param>
    public Tensor Forward(Tensor x) => layer_norm(x, shape, weight, bias, Epsilon);

    public void Dispose()
    {
        weight.Dispose();
        bias.Dispose();
    }
}
