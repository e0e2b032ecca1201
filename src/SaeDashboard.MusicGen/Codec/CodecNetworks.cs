using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using SaeDashboard.Core;
using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Codec;

/// <summary>
/// Builds EnCodec's two networks with the layer numbers of a Hugging Face checkpoint, where an ELU takes a number too.
/// Encoder: conv, then for each ratio from the last: residual blocks, ELU, strided conv; LSTM, ELU, conv. Decoder: conv, LSTM, then for
/// each ratio: ELU, transposed conv, residual blocks; ELU, conv.
/// </summary>
internal static class CodecNetworks
{
    /// <summary>[1, 1, samples] → latents [1, hidden, frames].</summary>
    public static LayerStack Encoder(CodecTensors tensors, CodecShape shape)
    {
        var (config, padding) = (shape.Config, shape.Padding);
        var next = Names("audio_encoder.encoder.layers");
        var layers = new List<ICodecLayer>();
        long channels = config.NumFilters;

        layers.Add(new StreamableConvolution(tensors, next(), (1, channels), (config.KernelSize, 1, 1), padding));
        foreach (var ratio in shape.Ratios.Reverse())
        {
            layers.AddRange(shape.ResidualBlocks(tensors, next, channels));
            layers.Add(Activation(next));
            layers.Add(new StreamableConvolution(tensors, next(), (channels, 2 * channels), (2 * ratio, ratio, 1), padding));
            channels *= 2;
        }

        layers.Add(new StreamableLstm(tensors, next(), config.NumLstmLayers, channels));
        layers.Add(Activation(next));
        layers.Add(new StreamableConvolution(tensors, next(), (channels, config.HiddenSize), (config.LastKernelSize, 1, 1), padding));
        return new LayerStack(layers);
    }

    /// <summary>Latents [1, hidden, frames] → [1, 1, samples].</summary>
    public static LayerStack Decoder(CodecTensors tensors, CodecShape shape)
    {
        var (config, padding) = (shape.Config, shape.Padding);
        var next = Names("audio_encoder.decoder.layers");
        var layers = new List<ICodecLayer>();
        var channels = shape.Widest;

        layers.Add(new StreamableConvolution(tensors, next(), (config.HiddenSize, channels), (config.KernelSize, 1, 1), padding));
        layers.Add(new StreamableLstm(tensors, next(), config.NumLstmLayers, channels));
        foreach (var ratio in shape.Ratios)
        {
            layers.Add(Activation(next));
            layers.Add(new StreamableTransposedConvolution(tensors, next(), (channels, channels / 2), (2 * ratio, ratio), padding));
            channels /= 2;
            layers.AddRange(shape.ResidualBlocks(tensors, next, channels));
        }

        layers.Add(Activation(next));
        layers.Add(new StreamableConvolution(tensors, next(), (channels, 1), (config.LastKernelSize, 1, 1), padding));
        return new LayerStack(layers);
    }

    private static Elu Activation(Func<string> next)
    {
        next();
        return new Elu();
    }

    private static Func<string> Names(string prefix)
    {
        var number = 0;
        return () => string.Create(CultureInfo.InvariantCulture, $"{prefix}.{number++}");
    }
}

/// <summary>The checked part of <c>config.json</c>'s audio_encoder that the layers use.</summary>
internal sealed class CodecShape
{
    /// <param name="config">The section.</param>
    /// <param name="file">The file it is from, for messages.</param>
    /// <exception cref="UserException">It does not describe one of MusicGen's codecs.</exception>
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

    /// <summary>Two codecs with equal tensors but different lines here sound different. Part of <see cref="AudioCodec.CodecHash"/>.</summary>
    public string Fingerprint => string.Create(CultureInfo.InvariantCulture,
        $"{Config.SamplingRate} Hz, ratios {string.Join(' ', Ratios)}, dilation {Config.DilationGrowthRate}, {Padding}");
}

/// <summary>
/// Reads the codec's tensors from a checkpoint and hashes them. The returned tensors belong to the caller, outside any
/// dispose scope.
/// </summary>
internal sealed class CodecTensors(CheckpointTensors checkpoint)
{
    private readonly SortedDictionary<string, string> hashes = new(StringComparer.Ordinal);

    public bool Contains(string name) => checkpoint.Contains(name);

    /// <inheritdoc cref="CheckpointTensors.RequireAbsent"/>
    public void RequireAbsent(string name, string configured) => checkpoint.RequireAbsent(name, configured);

    /// <exception cref="UserException">The tensor is missing or has another shape.</exception>
    public Tensor Read(string name, params long[] shape) => ReadAs(name, name, shape);

    /// <summary>
    /// A convolution's weight: stored whole (<c>weight</c>), or as length g and direction v (<c>weight_g</c>, <c>weight_v</c>,
    /// in newer files <c>parametrizations.weight.original0</c>, <c>original1</c>), W = g·v/‖v‖ with the norm over all dimensions but the first.
    /// </summary>
    public Tensor Weight(string name, params long[] shape)
    {
        if (Contains($"{name}.weight")) return Read($"{name}.weight", shape);

        var parametrized = Contains($"{name}.parametrizations.weight.original1");
        if (!parametrized && !Contains($"{name}.weight_v"))
            throw new UserException($"{checkpoint.Folder} has no weight of the codec's layer {name}: neither {name}.weight_v, nor "
                + $"{name}.parametrizations.weight.original1, nor {name}.weight. Is it whole, and does config.json belong to it?");

        // Both spellings are hashed under one name, so that the same codec has the same hash.
        var (g, v) = parametrized ? ("parametrizations.weight.original0", "parametrizations.weight.original1") : ("weight_g", "weight_v");
        using var scope = NewDisposeScope();
        using var length = ReadAs($"{name}.{g}", $"{name}.weight_g", shape[0], 1, 1);
        using var direction = ReadAs($"{name}.{v}", $"{name}.weight_v", shape);
        var norm = direction.mul(direction).view(shape[0], -1).sum(1).sqrt().view(shape[0], 1, 1);
        return direction.mul(length.div(norm)).DetachFromDisposeScope();
    }

    /// <summary>
    /// SHA-256, lower-case hexadecimal, over <paramref name="fingerprint"/> and, in order of their names, name, shape and float32 values
    /// of every tensor read: independent of the file's element type, shards and order, and of the two spellings of a weight's norm.
    /// </summary>
    public string Hash(string fingerprint)
    {
        var lines = new StringBuilder(fingerprint).Append('\n');
        foreach (var (name, hash) in hashes) lines.Append(name).Append(' ').Append(hash).Append('\n');
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(lines.ToString())));
    }

    private Tensor ReadAs(string name, string hashedName, params long[] shape)
    {
        using var scope = NewDisposeScope();
        var tensor = checkpoint.Float32(name, shape).contiguous().DetachFromDisposeScope();
        var bytes = MemoryMarshal.AsBytes<float>(TensorData.AsSpan(tensor));
        var dimensions = string.Join('x', shape.Select(size => size.ToString(CultureInfo.InvariantCulture)));
        hashes[hashedName] = $"{dimensions} {Convert.ToHexStringLower(SHA256.HashData(bytes))}";
        return tensor;
    }
}
