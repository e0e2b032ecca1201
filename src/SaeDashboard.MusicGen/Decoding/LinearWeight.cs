using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Decoding;

/// <summary>The weight of y = x·W, <c>[inputs, outputs]</c>, wherever and however it is kept.</summary>
/// <param name="inputs">Inputs.</param>
/// <param name="outputs">Outputs.</param>
internal abstract class LinearWeight(int inputs, int outputs) : IDisposable
{
    public int Inputs { get; } = inputs;

    public int Outputs { get; } = outputs;

    /// <summary>The product.</summary>
    /// <param name="rows"><c>[rows, inputs]</c>, float32, contiguous.</param>
    /// <returns><c>[rows, outputs]</c>, float32.</returns>
    public abstract Tensor Multiply(Tensor rows);

    /// <summary>Frees what is the weight's own.</summary>
    public virtual void Dispose()
    {
    }
}
