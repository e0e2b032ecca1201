using SaeDashboard.MusicGen.Checkpoints;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace SaeDashboard.MusicGen.Codec;

/// <summary>
/// How a convolution pads its input (EnCodec in Hugging Face transformers). A causal model pads on the left only; otherwise the larger
/// half is on the left. Extra padding on the right fills the last window.
/// </summary>
/// <param name="Causal">No sample may depend on a later one.</param>
/// <param name="Reflect">Mirror the signal at its ends; else zeros.</param>
/// <param name="TrimRightRatio">Share of a causal transposed convolution's surplus that is cut on the right.</param>
internal sealed record ConvolutionPadding(bool Causal, bool Reflect, double TrimRightRatio)
{
    /// <param name="config">Checked by <see cref="CodecShape"/>.</param>
    public static ConvolutionPadding Of(AudioEncoderConfig config) => new(
        config.UseCausalConv, config.PadMode == "reflect", config.TrimRightRatio);

    /// <summary>Samples to add left and right before a convolution without padding of its own.</summary>
    /// <param name="length">Samples of the input.</param>
    /// <param name="kernel">The kernel's reach, (size − 1)·dilation + 1.</param>
    /// <param name="stride">Samples from window to window.</param>
    public (long Left, long Right) Around(long length, long kernel, long stride)
    {
        var total = kernel - stride;
        var right = Causal ? 0 : total / 2;
        var windows = Math.Max(0, (length - kernel + total + stride - 1) / stride) + 1;
        var ideal = (windows - 1) * stride + kernel - total;
        return (total - right, right + Math.Max(0, ideal - length));
    }

    /// <summary>Samples to add on the left; independent of the length.</summary>
    public long LeftOf(long kernel, long stride) => kernel - stride - (Causal ? 0 : (kernel - stride) / 2);

    /// <summary>Samples to cut left and right of a transposed convolution's output.</summary>
    public (long Left, long Right) Trim(long kernel, long stride)
    {
        var total = kernel - stride;
        var right = Causal ? (long)Math.Ceiling(total * TrimRightRatio) : total / 2;
        return (total - right, right);
    }

    /// <summary>[1, channels, length] → [1, channels, left + length + right].</summary>
    public Tensor Pad(Tensor input, long left, long right)
    {
        if (left == 0 && right == 0) return input.detach();
        if (!Reflect) return cat([Zeros(input, left), input, Zeros(input, right)], 2);

        // Mirroring gives at most length − 1 samples: a shorter signal is first extended with zeros on the right, which are cut off
        // afterwards.
        var missing = Math.Max(0, Math.Max(left, right) - input.shape[2] + 1);
        using var extended = missing > 0 ? cat([input, Zeros(input, missing)], 2) : input.detach();
        var length = extended.shape[2];
        using var before = extended.narrow(2, 1, left).flip(2);
        using var after = extended.narrow(2, length - 1 - right, right).flip(2);
        if (missing == 0) return cat([before, extended, after], 2);
        using var padded = cat([before, extended, after], 2);
        return padded.narrow(2, 0, left + length + right - missing);
    }

    private static Tensor Zeros(Tensor like, long length) =>
        zeros([like.shape[0], like.shape[1], length], dtype: like.dtype, device: like.device);
}

/// <summary>
/// A convolution that pads its own input. <see cref="Pad"/> and <see cref="Convolve"/> are separate so that a stream can keep the
/// rest of its last window instead of padding.
/// </summary>
internal sealed class StreamableConvolution : ICodecLayer
{
    private readonly Tensor weight;
    private readonly Tensor bias;
    private readonly long stride;
    private readonly long dilation;
    private readonly ConvolutionPadding padding;

    /// <param name="tensors">The checkpoint's tensors.</param>
    /// <param name="name">The layer's name there, without ".conv".</param>
    /// <param name="channels">Channels in and out.</param>
    /// <param name="kernel">Size, stride and dilation, in samples.</param>
    /// <param name="padding">How the model pads.</param>
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
        var left = this.padding.LeftOf(Reach, stride);
        // There are no outputs before the first. Padding in front of the signal mirrors the samples after its start.
        var (from, to) = (Math.Max(0, first) * stride - left, last * stride - left + Reach - 1);
        return (from, this.padding.Reflect && from < 0 ? Math.Max(to, -from) : to);
    }

    public void Dispose()
    {
        weight.Dispose();
        bias.Dispose();
    }
}

/// <summary>A transposed convolution whose surplus is cut: [1, in, length] → [1, out, length·stride].</summary>
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
