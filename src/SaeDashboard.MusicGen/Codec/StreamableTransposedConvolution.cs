using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace SaeDashboard.MusicGen.Codec;

/// <summary>A transposed convolution whose overhang is cut: [1, in, length] → [1, out, length·stride].</summary>
internal sealed class StreamableTransposedConvolution : ICodecLayer
{
    private readonly Tensor weight;
    private readonly Tensor bias;
    private readonly long size;
    private readonly long stride;
    private readonly (long Left, long Right) trim;

    /// <inheritdoc cref="StreamableConvolution(CodecTensors, string, ValueTuple{long, long}, ValueTuple{long, long, long},
    /// ConvolutionPadding)"/>
    public StreamableTransposedConvolution(
        CodecTensors tensors, string name, (long In, long Out) channels, (long Size, long Stride) kernel, ConvolutionPadding padding)
    {
        weight = tensors.Weight($"{name}.conv", channels.In, channels.Out, kernel.Size);
        bias = tensors.Read($"{name}.conv.bias", channels.Out);
        size = kernel.Size;
        stride = kernel.Stride;
        trim = padding.Trim(kernel.Size, kernel.Stride);
    }

    public Tensor Forward(Tensor input)
    {
        using var whole = conv_transpose1d(input, weight, bias, stride: stride);
        return whole.narrow(2, trim.Left, whole.shape[2] - trim.Left - trim.Right);
    }

    // Input i reaches the uncut outputs i · stride … i · stride + size − 1.
    public (long First, long Last) Needs(long first, long last) =>
        (CeilingDivide(first + trim.Left - size + 1, stride), (last + trim.Left) / stride);

    public void Dispose()
    {
        weight.Dispose();
        bias.Dispose();
    }

    private static long CeilingDivide(long value, long by) => value >= 0 ? (value + by - 1) / by : -(-value / by);
}
