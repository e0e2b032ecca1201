using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace SaeDashboard.MusicGen.Codec;

/// <summary>
/// A convolution that pads its own input. <see cref="Pad"/> and <see cref="Convolve"/> stand apart so that a stream can keep what is
/// left of its last window instead of padding.
/// </summary>
internal sealed class StreamableConvolution : ICodecLayer
{
    private readonly Tensor _weight;
    private readonly Tensor _bias;
    private readonly long _stride;
    private readonly long _dilation;
    private readonly ConvolutionPadding _padding;

    /// <param name="tensors">Where the weights are read.</param>
    /// <param name="name">The layer's name there, without ".conv".</param>
    /// <param name="channels">Channels in and out.</param>
    /// <param name="kernel">Size, stride and dilation, in samples.</param>
    /// <param name="padding">The model's way to pad.</param>
    public StreamableConvolution(
        CodecTensors tensors, string name, (long In, long Out) channels, (long Size, long Stride, long Dilation) kernel,
        ConvolutionPadding padding)
    {
        _weight = tensors.Weight($"{name}.conv", channels.Out, channels.In, kernel.Size);
        _bias = tensors.Read($"{name}.conv.bias", channels.Out);
        _stride = kernel.Stride;
        _dilation = kernel.Dilation;
        Reach = (kernel.Size - 1) * kernel.Dilation + 1;
        _padding = padding;
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
        var (left, right) = _padding.Around(input.shape[2], Reach, _stride);
        return _padding.Pad(input, left, right);
    }

    /// <summary>The convolution of full windows only.</summary>
    public Tensor Convolve(Tensor padded) => conv1d(padded, _weight, _bias, stride: _stride, dilation: _dilation);

    public void Dispose()
    {
        _weight.Dispose();
        _bias.Dispose();
    }
}
