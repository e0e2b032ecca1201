using SaeDashboard.MusicGen.Checkpoints;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Codec;

/// <summary>
/// How much a convolution pads, and with what (EnCodec in Hugging Face transformers). All the padding of a causal model is on the left;
/// otherwise the larger half is. More is added on the right so that the last window is full.
/// </summary>
/// <param name="Causal">No sample may depend on a later one.</param>
/// <param name="Reflect">Mirror the signal at its ends; else zeros.</param>
/// <param name="TrimRightRatio">How much of a causal transposed convolution's overhang is cut on the right.</param>
internal sealed record ConvolutionPadding(bool Causal, bool Reflect, double TrimRightRatio)
{
    /// <param name="config">Checked by <see cref="CodecShape"/>.</param>
    public static ConvolutionPadding Of(AudioEncoderConfig config) => new(
        config.UseCausalConv, config.PadMode == "reflect", config.TrimRightRatio);

    /// <summary>Samples to add left and right before a convolution without padding of its own.</summary>
    /// <param name="length">Samples there are.</param>
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

    /// <summary>Samples to add on the left, whatever the length.</summary>
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

        // A mirror shows at most length − 1 samples: a shorter signal is first continued with zeros on the right, which are cut off
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
