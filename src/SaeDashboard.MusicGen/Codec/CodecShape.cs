using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.MusicGen.Checkpoints;

namespace SaeDashboard.MusicGen.Codec;

/// <summary>What the layers need to know of <c>config.json</c>'s audio_encoder, checked.</summary>
internal sealed class CodecShape
{
    /// <param name="config">The section.</param>
    /// <param name="file">Where it stands, for messages.</param>
    /// <exception cref="UserException">It describes none of MusicGen's codecs.</exception>
    public CodecShape(AudioEncoderConfig config, string file)
    {
        if (config.Unsupported() is var (field, supported))
            throw new UserException($"{file}: audio_encoder.{field} is not supported as it is: {supported}.");
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
}
