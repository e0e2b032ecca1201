using SaeDashboard.Core;
using SaeDashboard.Core.Files;

namespace SaeDashboard.MusicGen.Checkpoints;

/// <summary>The codec's part of <c>config.json</c> (EnCodec).</summary>
/// <param name="SamplingRate">Hz.</param>
/// <param name="AudioChannels">1, also for stereo models: their codec encodes each channel separately.</param>
/// <param name="NumFilters">Channels after the first convolution.</param>
/// <param name="HiddenSize">Channels of the latents.</param>
/// <param name="CodebookDim">Width of a codebook's entries.</param>
/// <param name="CodebookSize">Entries of a codebook.</param>
/// <param name="UpsamplingRatios">The decoder's order; their product is the hop length in samples.</param>
/// <param name="NumResidualLayers">Residual blocks at each rate.</param>
/// <param name="KernelSize">Of the first convolution.</param>
/// <param name="LastKernelSize">Of the last convolution.</param>
/// <param name="ResidualKernelSize">Of a residual block's first convolution.</param>
/// <param name="DilationGrowthRate">From one residual block to the next.</param>
/// <param name="Compress">How many times narrower a residual block is inside.</param>
/// <param name="NumLstmLayers">Layers of the LSTM.</param>
/// <param name="NormType">"weight_norm"; "time_group_norm" is not supported.</param>
/// <param name="UseCausalConv">Whether padding is on the left only.</param>
/// <param name="UseConvShortcut">Whether a residual block's skip is a convolution.</param>
/// <param name="PadMode">"reflect", or "constant" for zeros.</param>
/// <param name="TrimRightRatio">Share of a causal transposed convolution's surplus that is cut on the right.</param>
/// <param name="Normalize">Whether the input's loudness is normalised.</param>
public sealed record AudioEncoderConfig(
    int SamplingRate,
    int AudioChannels,
    int NumFilters,
    int HiddenSize,
    int CodebookDim,
    int CodebookSize,
    IReadOnlyList<int> UpsamplingRatios,
    int NumResidualLayers,
    int KernelSize,
    int LastKernelSize,
    int ResidualKernelSize,
    int DilationGrowthRate,
    int Compress,
    int NumLstmLayers,
    string NormType,
    bool UseCausalConv,
    bool UseConvShortcut,
    string PadMode,
    double TrimRightRatio,
    bool Normalize)
{
    /// <summary>Samples a frame.</summary>
    public int HopLength => UpsamplingRatios.Aggregate(1, (product, ratio) => checked(product * ratio));

    /// <summary>Frames a second.</summary>
    public double FrameRate => (double)SamplingRate / HopLength;

    /// <exception cref="UserException">A field is missing, of the wrong kind or not supported.</exception>
    internal static AudioEncoderConfig Read(JsonObjectReader section)
    {
        section.Require(section.Text("model_type", "encodec") == "encodec", "model_type", "the codec should be \"encodec\"");
        section.Require(!section.Has("chunk_length_s"), "chunk_length_s", "sound is coded whole, so it should be null");
        var hidden = section.Size("hidden_size");
        var config = new AudioEncoderConfig(
            section.Size("sampling_rate"),
            section.Size("audio_channels", 1),
            section.Size("num_filters"),
            hidden,
            section.Size("codebook_dim", hidden),
            section.Size("codebook_size"),
            section.Sizes("upsampling_ratios"),
            section.Size("num_residual_layers", min: 0),
            section.Size("kernel_size"),
            section.Size("last_kernel_size"),
            section.Size("residual_kernel_size"),
            section.Size("dilation_growth_rate"),
            section.Size("compress"),
            section.Size("num_lstm_layers"),
            section.Text("norm_type"),
            section.Flag("use_causal_conv"),
            section.Flag("use_conv_shortcut"),
            section.Text("pad_mode", "reflect"),
            section.Number("trim_right_ratio", 1),
            section.Flag("normalize", false));
        if (config.Unsupported() is var (field, supported)) section.Require(false, field, supported);
        return config;
    }

    /// <summary>The first unsupported field and what is supported; null: all are supported.</summary>
    internal (string Field, string Supported)? Unsupported()
    {
        (bool Holds, string Field, string Supported)[] rules =
        [
            (AudioChannels == 1, "audio_channels", "MusicGen's codec has 1, for stereo too, where each channel goes through it alone"),
            (NormType == "weight_norm", "norm_type", "\"weight_norm\" is"),
            (!Normalize, "normalize", "MusicGen's codec does not scale its input, so it should be false"),
            (PadMode is "reflect" or "constant", "pad_mode", "\"reflect\" and \"constant\" are"),
            (TrimRightRatio is >= 0 and <= 1, "trim_right_ratio", "0 to 1 is"),
            (UseCausalConv || TrimRightRatio == 1, "trim_right_ratio", "without use_causal_conv it should be 1"),
            (CodebookDim == HiddenSize, "codebook_dim", $"it should equal hidden_size ({HiddenSize})"),
            (NumFilters <= 1 << 16, "num_filters", $"at most {1 << 16} are"),
            (Compress <= NumFilters, "compress", $"it should not be above num_filters ({NumFilters})"),
            (UpsamplingRatios.Count <= 16 && UpsamplingRatios.Aggregate(1.0, (product, ratio) => product * ratio) <= 1 << 20,
                "upsampling_ratios", $"at most 16 with a product of at most {1 << 20} are"),
            (KernelSize <= 1 << 16, "kernel_size", $"at most {1 << 16} samples are"),
            (LastKernelSize <= 1 << 16, "last_kernel_size", $"at most {1 << 16} samples are"),
            (ResidualKernelSize <= 1 << 16, "residual_kernel_size", $"at most {1 << 16} samples are"),
            (Math.Pow(DilationGrowthRate, NumResidualLayers) <= 1 << 20, "dilation_growth_rate",
                $"dilations of at most {1 << 20} samples are"),
        ];
        foreach (var (holds, field, supported) in rules)
        {
            if (!holds) return (field, supported);
        }
        return null;
    }
}
