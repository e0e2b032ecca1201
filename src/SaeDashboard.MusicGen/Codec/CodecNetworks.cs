using System.Globalization;

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
