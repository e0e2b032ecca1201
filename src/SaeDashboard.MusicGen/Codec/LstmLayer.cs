using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Codec;

/// <summary>
/// One LSTM layer: c' = σ(f)·c + σ(i)·tanh(g), h' = σ(o)·tanh(c'), gates = W_ih·x + b_ih + W_hh·h + b_hh. The input's share of the gates is one matrix
/// product over all steps; the recurrent share is a matrix–vector product a step into buffers that are made once a call.
/// </summary>
internal sealed class LstmLayer : IDisposable
{
    // Every step's in-place calls leave small managed handles behind; they are swept up in groups.
    private const int StepsPerScope = 32;

    private readonly long _width;
    private readonly Tensor _inputWeight;
    private readonly Tensor _recurrentWeight;
    private readonly Tensor _bias;

    public LstmLayer(CodecTensors tensors, string name, int layer, long width)
    {
        using var scope = NewDisposeScope();
        _width = width;
        _inputWeight = Reordered(tensors.Read($"{name}.weight_ih_l{layer}", 4 * width, width)).DetachFromDisposeScope();
        _recurrentWeight = Reordered(tensors.Read($"{name}.weight_hh_l{layer}", 4 * width, width)).DetachFromDisposeScope();
        using var inputBias = tensors.Read($"{name}.bias_ih_l{layer}", 4 * width);
        using var recurrentBias = tensors.Read($"{name}.bias_hh_l{layer}", 4 * width);
        _bias = Reordered(inputBias.add(recurrentBias)).DetachFromDisposeScope();
    }

    /// <param name="steps">[steps, width], contiguous.</param>
    /// <param name="hidden">[width], moved on in place.</param>
    /// <param name="cell">[width], moved on in place.</param>
    /// <returns>The hidden values of every step, [steps, width].</returns>
    public Tensor Forward(Tensor steps, Tensor hidden, Tensor cell)
    {
        using var scope = NewDisposeScope();
        var inputs = nn.functional.linear(steps, _inputWeight, _bias).unbind(0);
        var output = empty(steps.shape, dtype: steps.dtype, device: steps.device);
        var outputs = output.unbind(0);

        var gates = empty(4 * _width, dtype: steps.dtype, device: steps.device);
        var sigmoids = gates.narrow(0, 0, 3 * _width);
        var input = gates.narrow(0, 0, _width);
        var forget = gates.narrow(0, _width, _width);
        var open = gates.narrow(0, 2 * _width, _width);
        var candidate = gates.narrow(0, 3 * _width, _width);

        for (var from = 0; from < inputs.Length; from += StepsPerScope)
        {
            using var steppingScope = NewDisposeScope();
            for (var step = from; step < Math.Min(from + StepsPerScope, inputs.Length); step++)
            {
                gates.copy_(inputs[step]);
                gates.addmv_(_recurrentWeight, hidden);
                sigmoids.sigmoid_();
                candidate.tanh_();
                cell.mul_(forget);
                cell.addcmul_(input, candidate, 1);
                hidden.copy_(cell);
                hidden.tanh_();
                hidden.mul_(open);
                outputs[step].copy_(hidden);
            }
        }

        return output.MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _inputWeight.Dispose();
        _recurrentWeight.Dispose();
        _bias.Dispose();
    }

    // Stored i, f, g, o; kept i, f, o, g, so that one sigmoid covers three gates.
    private Tensor Reordered(Tensor stored)
    {
        using var _ = stored;
        return cat([stored.narrow(0, 0, 2 * _width), stored.narrow(0, 3 * _width, _width), stored.narrow(0, 2 * _width, _width)], 0);
    }
}
