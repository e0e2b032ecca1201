using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace SaeDashboard.MusicGen.Codec;

/// <summary>
/// A convolution that pads its own input. <see cref="Pad"/> and <see cref="Convolve"/> stand apart so that a stream can keep what is
/// left of its last window instead of padding.
/// </summary>
internal sealed class StreamableConvolution : ICodecLayer
{
    private readonly Tensor weight;
    private readonly Tensor bias;
    private readonly long stride;
    private readonly long dilation;
    private readonly ConvolutionPadding padding;

    /// <param name="tensors">Where the weights are read.</param>
    /// <param name="name">The layer's name there, without ".conv".</param>
    /// <param name="channels">Channels in and out.</param>
    /// <param name="kernel">Size, stride and dilation, in samples.</param>
    /// <param name="padding">The model's way to pad.</param>
    public StreamableConvolution(
        CodecTensors tensors, string name, (long In, long Out) channels, (long Size, long Stride, long Dilation) kernel,
        ConvolutionPadding padding)
    {
        weight = tensors.Weight($"{name}.conv", channels.Out, channels.In, kernel.Size);
        bias = tensors.Read($"{name}.conv.bias", channels.Out);
        stride = kernel.Stride;
        dilation = kernel.Dilation;
        Reach = (kernel.Size - 1) * kernel.Dilation + 1;
        this.padding = padding;
    }

    /// <summary>Samples one window spans.</summary>
    public long Reach { get; }

    public Tensor Forward(Tensor input)
    {
        using var padded = Pad(input);
        return Convolve(padded);
    }

    public Tensor Pad(Tensor input)
    {
        var (left, right) = this.padding.Around(input.shape[2], Reach, stride);
        return this.padding.Pad(input, left, right);
    }

    /// <summary>The convolution of full windows only.</summary>
    public Tensor Convolve(Tensor padded) => conv1d(padded, weight, bias, stride: stride, dilation: dilation);

    public (long First, long Last) Needs(long first, long last)
    {
        var start = -this.padding.LeftOf(Reach, stride);
        var (from, to) = (first * stride + start, last * stride + start + Reach - 1);
        // What stands before the signal's first sample is a mirror of what follows it.
        return (from, this.padding.Reflect && from < 0 ? Math.Max(to, -from) : to);
    }

    public void Dispose()
    {
        weight.Dispose();
        bias.Dispose();
    }
}
