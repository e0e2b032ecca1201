using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace SaeDashboard.MusicGen.Codec;

/// <summary>A transposed convolution whose overhang is cut: [1, in, length] → [1, out, length·stride].</summary>
internal sealed class StreamableTransposedConvolution : ICodecLayer
{
    private readonly Tensor _weight;
    private readonly Tensor _bias;
    private readonly long _stride;
    private readonly (long Left, long Right) _trim;

    /// <inheritdoc cref="StreamableConvolution(CodecTensors, string, ValueTuple{long, long}, ValueTuple{long, long, long},
    /// ConvolutionPadding)"/>
    public StreamableTransposedConvolution(
        CodecTensors tensors, string name, (long In, long Out) channels, (long Size, long Stride) kernel, ConvolutionPadding padding)
    {
        _weight = tensors.Weight($"{name}.conv", channels.In, channels.Out, kernel.Size);
        _bias = tensors.Read($"{name}.conv.bias", channels.Out);
        _stride = kernel.Stride;
        _trim = padding.Trim(kernel.Size, kernel.Stride);
    }

    public Tensor Forward(Tensor input)
    {
        using var whole = conv_transpose1d(input, _weight, _bias, stride: _stride);
        return whole.narrow(2, _trim.Left, whole.shape[2] - _trim.Left - _trim.Right);
    }

    public void Dispose()
    {
        _weight.Dispose();
        _bias.Dispose();
    }
}
