using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Codec;

/// <summary>
/// One LSTM layer: c' = σ(f)·c + σ(i)·tanh(g), h' = σ(o)·tanh(c'), gates = W_ih·x + b_ih + W_hh·h + b_hh. The input's share of the gates
/// is one matrix product over all steps; the recurrent share is <see cref="LstmRecurrence"/>.
/// </summary>
internal sealed class LstmLayer : IDisposable
{
    private readonly Tensor inputWeight;
    private readonly Tensor recurrentWeight;
    private readonly Tensor bias;

    public LstmLayer(CodecTensors tensors, string name, int layer, long width)
    {
        inputWeight = tensors.Read($"{name}.weight_ih_l{layer}", 4 * width, width);
        recurrentWeight = tensors.Read($"{name}.weight_hh_l{layer}", 4 * width, width);
        using var inputBias = tensors.Read($"{name}.bias_ih_l{layer}", 4 * width);
        using var recurrentBias = tensors.Read($"{name}.bias_hh_l{layer}", 4 * width);
        bias = inputBias.Add(recurrentBias).DetachFromDisposeScope();
    }

    /// <param name="steps">[steps, width], contiguous.</param>
    /// <param name="hidden">[width], moved on in place.</param>
    /// <param name="cell">[width], moved on in place.</param>
    /// <returns>The hidden values of every step, [steps, width].</returns>
    public Tensor Forward(Tensor steps, float[] hidden, float[] cell)
    {
        using var gates = nn.functional.linear(steps, inputWeight, bias);
        var output = empty(steps.shape, dtype: ScalarType.Float32);
        LstmRecurrence.Run(TensorData.AsSpan(gates), TensorData.AsSpan(recurrentWeight), hidden, cell, TensorData.AsSpan(output));
        return output;
    }

    public void Dispose()
    {
        inputWeight.Dispose();
        recurrentWeight.Dispose();
        bias.Dispose();
    }
}
