using SaeDashboard.Core;
using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.MusicGen.Decoding;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Melody;

/// <summary>
/// Computes the prefix of a melody model's columns: the melody's chroma, projected and repeated (or cut) to chroma_length, then the text.
/// Its positions start at 0, BOS follows it, and attention is causal throughout, so its keys and values are computed once.
/// </summary>
internal sealed class MelodyConditioner : IDisposable
{
    private readonly MelodyConfig config;
    private readonly int width;
    private readonly Tensor? weight, bias;

    public MelodyConditioner(MelodyConfig config, int width, CheckpointTensors tensors)
    {
        (this.config, this.width) = (config, width);
        if (config.Chroma == width)
        {
            tensors.RequireAbsent("audio_enc_to_dec_proj.weight", $"num_chroma and decoder.hidden_size are both {width}");
            return;
        }
        weight = tensors.Float32("audio_enc_to_dec_proj.weight", width, config.Chroma).DetachFromDisposeScope();
        bias = tensors.Float32("audio_enc_to_dec_proj.bias", width).DetachFromDisposeScope();
    }

    /// <summary>The prefix's keys and values in every layer.</summary>
    /// <param name="decoder">The model.</param>
    /// <param name="text">The text encoder's output <c>[tokens, d_model]</c>; null: the null text, zeros.</param>
    /// <param name="tokens">The null text's length.</param>
    /// <param name="melody">The melody to follow.</param>
    /// <exception cref="UserException">A bin of the melody is out of the model's range.</exception>
    public TextCondition Prefix(Decoder decoder, Tensor? text, int tokens, MelodyChroma melody)
    {
        using var scope = NewDisposeScope();
        using var words = text is null ? zeros(tokens, this.width, device: decoder.Device) : decoder.Project(text);
        var columns = this.config.ChromaLength + (int)words.shape[0];
        var positions = TensorData.FromFloats(SinusoidalPositions.Of(0, columns, this.width), columns, this.width);
        Tensor Moved(Tensor made) => decoder.Device is null ? made : made.to(decoder.Device);
        var x = cat([Moved(Chroma(melody)), words], 0).AddInPlace(Moved(positions));
        // Computed separately, so that a row's result does not depend on its neighbours.
        var cache = new KeyValueCache(decoder, 1, columns);
        using var pass = new SequencePass(decoder, columns, [null], cache);
        for (var layer = 0; layer < decoder.Layers.Count; layer++) decoder.Layers[layer].Forward(x, layer, pass);
        var layers = Enumerable.Range(0, decoder.Layers.Count);
        return new TextCondition([.. layers.Select(cache.Keys)], [.. layers.Select(cache.Values)], isPrefix: true);
    }

    public void Dispose()
    {
        weight?.Dispose();
        bias?.Dispose();
    }

    /// <returns><c>[chroma_length, width]</c>.</returns>
    private Tensor Chroma(MelodyChroma melody)
    {
        var table = new float[this.config.ChromaLength * this.config.Chroma];
        for (var frame = 0; frame < this.config.ChromaLength; frame++)
        {
            var bin = melody.Bins[frame % melody.Bins.Count];
            if (bin < 0 || bin >= this.config.Chroma)
                throw new UserException($"The melody's frame {frame} holds the bin {bin}; the model's go from 0 to {this.config.Chroma - 1}.");
            table[frame * this.config.Chroma + bin] = 1;
        }
        var chroma = TensorData.FromFloats(table, this.config.ChromaLength, this.config.Chroma);
        return weight is null ? chroma : chroma.mm(weight.t()).AddInPlace(bias!);
    }
}
