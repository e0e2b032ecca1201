using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Codec;

/// <summary>One layer of the codec's encoder or decoder; it holds weights and no state of a call.</summary>
internal interface ICodecLayer : IDisposable
{
    /// <param name="input">[1, channels, length], float32; not modified.</param>
    /// <returns>[1, channels', length'], in the caller's dispose scope.</returns>
    Tensor Forward(Tensor input);

    /// <summary>The range of the input from which the outputs <paramref name="first"/> … <paramref name="last"/> are computed; it may reach
    /// past the signal's ends, into the padding. A layer with state (LSTM) names only the same positions.</summary>
    (long First, long Last) Needs(long first, long last) => (first, last);
}

/// <summary>Layers in sequence. Each result is freed once the next is computed.</summary>
internal sealed class LayerStack(IReadOnlyList<ICodecLayer> layers) : ICodecLayer
{
    public IReadOnlyList<ICodecLayer> Layers => layers;

    public Tensor Forward(Tensor input)
    {
        var current = input.detach();
        foreach (var layer in layers)
        {
            var next = layer.Forward(current);
            current.Dispose();
            current = next;
        }

        return current;
    }

    public (long First, long Last) Needs(long first, long last)
    {
        foreach (var layer in layers.Reverse()) (first, last) = layer.Needs(first, last);
        return (first, last);
    }

    public void Dispose()
    {
        foreach (var layer in layers) layer.Dispose();
    }
}

/// <summary>The codec's only non-linearity apart from the LSTM's: x for x &gt; 0, else eˣ − 1.</summary>
internal sealed class Elu : ICodecLayer
{
    public Tensor Forward(Tensor input) => input.Elu();

    public void Dispose() { }
}

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
