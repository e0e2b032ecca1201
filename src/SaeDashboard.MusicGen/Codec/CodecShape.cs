using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.MusicGen.Checkpoints;

namespace SaeDashboard.MusicGen.Codec;

/// <summary>What the layers need to know of <c>config.json</c>'s audio_encoder, checked.</summary>
internal sealed class CodecShape
{
    private const long LongestHop = 1 << 20;
    private const int MostRatios = 16;

    /// <param name="config">The section.</param>
    /// <param name="file">Where it stands, for messages.</param>
    /// <exception cref="UserException">It describes none of MusicGen's codecs.</exception>
    public CodecShape(AudioEncoderConfig config, string file)
    {
        void Require(bool holds, string problem)
        {
            if (!holds) throw new UserException($"{file}: audio_encoder.{problem}.");
        }
        Require(config.AudioChannels == 1, $"audio_channels is {config.AudioChannels}; MusicGen's codec has one (stereo is two calls)");
        Require(config.NormType == "weight_norm", $"norm_type is \"{config.NormType}\"; the codec knows weight_norm");
        Require(!config.Normalize, "normalize is true; MusicGen's codec does not scale its input");
        Require(config.UpsamplingRatios.Count > 0 && config.UpsamplingRatios.All(ratio => ratio > 0),
            "upsampling_ratios should be whole numbers from 1 on");
        // Multiplied step by step: the product of a long list would overflow.
        Require(config.UpsamplingRatios.Aggregate(1L, (product, ratio) => Math.Min(LongestHop + 1, product * ratio)) <= LongestHop
            && config.UpsamplingRatios.Count <= MostRatios, $"upsampling_ratios are too many or too large: a frame has at most {LongestHop} samples");
        Require(config.NumLstmLayers > 0, "num_lstm_layers should be at least 1");
        Require(config.NumResidualLayers >= 0, "num_residual_layers should not be negative");
        Require(config.Compress > 0 && config.Compress <= config.NumFilters, $"compress should be from 1 to num_filters ({config.NumFilters})");
        Require(DilationOf(config) <= LongestHop, "num_residual_layers and dilation_growth_rate make a convolution reach too far");
        Require(config.TrimRightRatio is >= 0 and <= 1, "trim_right_ratio should be from 0 to 1");
        Require(config.PadMode is "reflect" or "constant", $"pad_mode is \"{config.PadMode}\"; the codec knows reflect and constant");
        Require(config.SamplingRate > 0, "sampling_rate should be at least 1 Hz");
        Require(config.CodebookDim == config.HiddenSize,
            $"codebook_dim is {config.CodebookDim} and hidden_size is {config.HiddenSize}; the codec needs them equal");

        Config = config;
        Padding = ConvolutionPadding.Of(config);
    }

    public AudioEncoderConfig Config { get; }

    public ConvolutionPadding Padding { get; }

    /// <summary>Decoder's order: the first ratio is the one nearest to the latents.</summary>
    public IReadOnlyList<int> Ratios => Config.UpsamplingRatios;

    public long Compress => Config.Compress;

    public long ResidualKernelSize => Config.ResidualKernelSize;

    public bool ConvolutionShortcut => Config.UseConvShortcut;

    /// <summary>Channels at the LSTM: the filters doubled once a ratio.</summary>
    public long Widest => (long)Config.NumFilters << Ratios.Count;

    /// <summary>The residual blocks at one rate; <paramref name="nextName"/> gives the name of the next layer, counting up.</summary>
    public IEnumerable<ICodecLayer> ResidualBlocks(CodecTensors tensors, Func<string> nextName, long channels)
    {
        long dilation = 1;
        for (var block = 0; block < Config.NumResidualLayers; block++)
        {
            yield return new ResidualBlock(tensors, nextName(), this, channels, dilation);
            dilation *= Config.DilationGrowthRate;
        }
    }

    /// <summary>Two codecs with equal tensors but another line here sound different: part of <see cref="AudioCodec.CodecHash"/>.</summary>
    public string Fingerprint => string.Create(CultureInfo.InvariantCulture,
        $"{Config.SamplingRate} Hz, ratios {string.Join(' ', Ratios)}, dilation {Config.DilationGrowthRate}, {Padding}");

    /// <summary>Of the last residual block, times its kernel.</summary>
    private static long DilationOf(AudioEncoderConfig config)
    {
        long reach = config.ResidualKernelSize;
        for (var block = 1; block < config.NumResidualLayers && reach <= LongestHop; block++)
        {
            if (config.DilationGrowthRate == 1) break;
            reach *= config.DilationGrowthRate;
        }
        return reach;
    }
}
