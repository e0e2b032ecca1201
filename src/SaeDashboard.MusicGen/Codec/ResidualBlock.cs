using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Codec;

/// <summary>
/// skip(x) + conv₁(ELU(conv(ELU(x)))): the inner width is smaller by the factor "compress"; the skip is x itself or a convolution of
/// size 1.
/// </summary>
internal sealed class ResidualBlock : ICodecLayer
{
    private readonly Elu elu = new();
    private readonly StreamableConvolution inner;
    private readonly StreamableConvolution outer;
    private readonly StreamableConvolution? shortcut;

    public ResidualBlock(CodecTensors tensors, string name, CodecShape shape, long channels, long dilation)
    {
        var hidden = channels / shape.Compress;
        this.inner = new StreamableConvolution(
            tensors, $"{name}.block.1", (channels, hidden), (shape.ResidualKernelSize, 1, dilation), shape.Padding);
        outer = new StreamableConvolution(tensors, $"{name}.block.3", (hidden, channels), (1, 1, 1), shape.Padding);
        if (shape.ConvolutionShortcut)
            shortcut = new StreamableConvolution(tensors, $"{name}.shortcut", (channels, channels), (1, 1, 1), shape.Padding);
        else
            tensors.RequireAbsent($"{name}.shortcut.conv.bias", "audio_encoder.use_conv_shortcut is false");
    }

    public Tensor Forward(Tensor input)
    {
        using var first = elu.Forward(input);
        using var inner = this.inner.Forward(first);
        using var second = elu.Forward(inner);
        using var skip = shortcut?.Forward(input);
        return outer.Forward(second).AddInPlace(skip ?? input);
    }

    // The outer convolution and the shortcut are of size 1.
    public (long First, long Last) Needs(long first, long last) => this.inner.Needs(first, last);

    public void Dispose()
    {
        this.inner.Dispose();
        outer.Dispose();
        shortcut?.Dispose();
    }
}
