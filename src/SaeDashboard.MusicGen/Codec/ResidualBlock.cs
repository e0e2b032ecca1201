using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Codec;

/// <summary>
/// skip(x) + conv₁(ELU(conv(ELU(x)))): the inner width is smaller by the factor "compress"; the skip is x itself or a convolution of
/// size 1.
/// </summary>
internal sealed class ResidualBlock : ICodecLayer
{
    private readonly Elu _elu = new();
    private readonly StreamableConvolution _inner;
    private readonly StreamableConvolution _outer;
    private readonly StreamableConvolution? _shortcut;

    public ResidualBlock(CodecTensors tensors, string name, CodecShape shape, long channels, long dilation)
    {
        var hidden = channels / shape.Compress;
        _inner = new StreamableConvolution(
            tensors, $"{name}.block.1", (channels, hidden), (shape.ResidualKernelSize, 1, dilation), shape.Padding);
        _outer = new StreamableConvolution(tensors, $"{name}.block.3", (hidden, channels), (1, 1, 1), shape.Padding);
        if (shape.ConvolutionShortcut)
            _shortcut = new StreamableConvolution(tensors, $"{name}.shortcut", (channels, channels), (1, 1, 1), shape.Padding);
    }

    public Tensor Forward(Tensor input)
    {
        using var first = _elu.Forward(input);
        using var inner = _inner.Forward(first);
        using var second = _elu.Forward(inner);
        using var skip = _shortcut?.Forward(input);
        return _outer.Forward(second).add_(skip ?? input);
    }

    public void Dispose()
    {
        _inner.Dispose();
        _outer.Dispose();
        _shortcut?.Dispose();
    }
}
