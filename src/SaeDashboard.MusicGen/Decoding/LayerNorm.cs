using SaeDashboard.MusicGen.Checkpoints;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace SaeDashboard.MusicGen.Decoding;

/// <summary>A layer norm over the width, ε = 1e−5.</summary>
internal sealed class LayerNorm : IDisposable
{
    private readonly Tensor _weight, _bias;
    private readonly long[] _shape;

    public LayerNorm(CheckpointTensors tensors, string name, long width)
    {
        _shape = [width];
        _weight = tensors.Float32($"{name}.weight", width).DetachFromDisposeScope();
        _bias = tensors.Float32($"{name}.bias", width).DetachFromDisposeScope();
    }

    public const double Epsilon = 1e-5;

    /// <summary><c>[width]</c>.</summary>
    public Tensor Weight => _weight;

    /// <summary><c>[width]</c>.</summary>
    public Tensor Bias => _bias;

    /// <param name="x"><c>[…, width]</c>.</param>
    public Tensor Forward(Tensor x) => layer_norm(x, _shape, _weight, _bias, Epsilon);

    public void Dispose()
    {
        _weight.Dispose();
        _bias.Dispose();
    }
}
