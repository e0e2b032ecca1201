using System.Runtime.Intrinsics;
using SaeDashboard.Core;
using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Decoding;

/// <summary>
/// MusicGen's language model: summed codebook embeddings, sinusoidal positions, pre-norm layers with cross-attention to the
/// text, one head per codebook.
/// Copet et al., "Simple and Controllable Music Generation", 2023. Generation and tracing run its layers with different passes (<see cref="ForwardPass"/>).
/// </summary>
public sealed class Decoder : IDisposable
{
    private readonly HostArena arena = new();
    private readonly Tensor embeddings;
    private readonly LinearWeight heads;
    private readonly LinearWeight? textWeight;
    private readonly Tensor? textBias;
    private readonly LayerNorm finalNorm;
    private readonly DecoderLayer[] layers;

    /// <param name="config">The decoder's configuration.</param>
    /// <param name="textWidth">Width of the text encoder's output.</param>
    /// <param name="tensors">The checkpoint.</param>
    /// <param name="options">Type and device of the weights; null: float32 in host memory.</param>
    /// <exception cref="UserException">A tensor is missing or has another shape than <paramref name="config"/> says.</exception>
    public Decoder(DecoderConfig config, int textWidth, CheckpointTensors tensors, ModelOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(tensors);
        Config = config;
        tensors.RequireAbsent($"decoder.model.decoder.layers.{config.Layers}.fc1.weight", $"decoder.num_hidden_layers is {config.Layers}");
        if (!config.CrossAttention)
            tensors.RequireAbsent("decoder.model.decoder.layers.0.encoder_attn.q_proj.weight", "model_type is \"musicgen_melody\"");
        tensors.RequireAbsent($"decoder.lm_heads.{config.Codebooks}.weight", $"decoder.num_codebooks is {config.Codebooks}");

        using var scope = NewDisposeScope();
        options ??= new ModelOptions();
        Device = options.TensorDevice;
        KeyType = options.KeyType;
        var weights = new WeightReader(tensors, arena, options.Type, Device);
        var codebooks = Enumerable.Range(0, config.Codebooks).ToArray();
        embeddings = cat([.. codebooks.Select(k =>
            weights.Float32($"decoder.model.decoder.embed_tokens.{k}.weight", config.VocabularySize + 1, config.Width))], 0).DetachFromDisposeScope();
        heads = weights.Linear(config.Width, [.. codebooks.Select(k => new WeightPart($"decoder.lm_heads.{k}.weight", config.VocabularySize))]);
        finalNorm = new LayerNorm(weights, "decoder.model.decoder.layer_norm", config.Width);
        if (textWidth != config.Width)
        {
            textWeight = weights.Linear(textWidth, new WeightPart("enc_to_dec_proj.weight", config.Width));
            textBias = weights.Float32("enc_to_dec_proj.bias", config.Width).DetachFromDisposeScope();
        }
        else
        {
            tensors.RequireAbsent("enc_to_dec_proj.weight", $"text_encoder.d_model and decoder.hidden_size are both {textWidth}");
        }
        layers = new DecoderLayer[config.Layers];
        for (var layer = 0; layer < layers.Length; layer++) layers[layer] = new DecoderLayer(config, weights, layer);
    }

    public DecoderConfig Config { get; }

    /// <summary>The device of the weights as libtorch tensors; null: host memory, with this project's kernels.</summary>
    internal Device? Device { get; }

    /// <summary>The type of keys and values: bfloat16 in a bfloat16 run on the CPU, else float32.</summary>
    internal ScalarType KeyType { get; }

    /// <summary>The codebooks' embedding tables, concatenated <c>[codebooks · (vocabulary + 1), width]</c>.</summary>
    internal Tensor Embeddings => embeddings;

    internal IReadOnlyList<DecoderLayer> Layers => layers;

    /// <summary>The cross-attention's keys and values of a text encoder's output <c>[tokens, d_model]</c>.</summary>
    internal TextCondition Condition(Tensor text)
    {
        using var scope = NewDisposeScope();
        var projected = Project(text);
        var keys = new Tensor[layers.Length];
        var values = new Tensor[layers.Length];
        for (var layer = 0; layer < layers.Length; layer++)
        {
            // [tokens, 2 · width] → [2, heads, tokens, head size]
            var both = layers[layer].CrossKeysAndValues(projected).view(-1, 2, Config.Heads, Config.HeadSize).permute(1, 2, 0, 3);
            keys[layer] = both.select(0, 0).contiguous().to_type(KeyType).DetachFromDisposeScope();
            values[layer] = both.select(0, 1).contiguous().to_type(KeyType).DetachFromDisposeScope();
        }
        return new TextCondition(keys, values);
    }

    /// <summary>A text encoder's output <c>[tokens, d_model]</c> in the decoder's width.</summary>
    internal Tensor Project(Tensor text)
    {
        using var moved = Device is null ? text.detach() : text.to(Device);
        return textWeight is null ? moved.detach() : textWeight.Multiply(moved).AddInPlace(textBias!);
    }

    /// <summary>The decoder's input: the codebooks' embeddings and the position, added.</summary>
    /// <param name="ids"><c>[lanes, columns, codebooks]</c>, row-major; codes or the pad id.</param>
    /// <param name="lanes">Number of lanes.</param>
    /// <param name="firstColumn">The first column; BOS is 0.</param>
    /// <param name="columns">Number of columns.</param>
    /// <param name="pass">Gives the length of each lane's prefix, which shifts its positions.</param>
    /// <returns><c>[lanes, columns, width]</c>.</returns>
    internal Tensor Embed(int[] ids, int lanes, int firstColumn, int columns, ForwardPass pass)
    {
        if (Device is not null) return EmbedOnDevice(ids, lanes, firstColumn, columns, pass);
        var result = empty(lanes, columns, Config.Width);
        var to = TensorData.AsSpan(result);
        ReadOnlySpan<float> table = TensorData.AsSpan(embeddings), positions = default;
        var (codebooks, width, begin) = (Config.Codebooks, Config.Width, -1);
        for (var place = 0; place < lanes * columns; place++)
        {
            if (place % columns == 0 && begin != pass.Prefix(place / columns))
            {
                begin = pass.Prefix(place / columns);
                positions = SinusoidalPositions.Of(begin + firstColumn, columns, width);
            }
            var sum = to.Slice(place * width, width);
            // The codebooks' tables are concatenated.
            for (var codebook = 0; codebook < codebooks; codebook++)
            {
                var row = ids[place * codebooks + codebook] + codebook * (Config.VocabularySize + 1);
                if (codebook == 0) table.Slice(row * width, width).CopyTo(sum);
                else Add(sum, table.Slice(row * width, width));
            }
            Add(sum, positions.Slice(place % columns * width, width));
        }
        return result;

        static void Add(Span<float> to, ReadOnlySpan<float> values)
        {
            var index = 0;
            for (; index + Vector256<float>.Count <= to.Length; index += Vector256<float>.Count)
                (Vector256.Create<float>(to[index..]) + Vector256.Create(values[index..])).CopyTo(to[index..]);
            for (; index < to.Length; index++) to[index] += values[index];
        }
    }

    private Tensor EmbedOnDevice(int[] ids, int lanes, int firstColumn, int columns, ForwardPass pass)
    {
        using var scope = NewDisposeScope();
        long[] places = [.. ids.Select((id, index) => id + (long)(index % Config.Codebooks) * (Config.VocabularySize + 1))];
        var looked = embeddings.index_select(0, tensor(places).to(Device!)).view(lanes, columns, Config.Codebooks, Config.Width);
        var sum = looked.select(2, 0).clone();
        for (var codebook = 1; codebook < Config.Codebooks; codebook++) sum.AddInPlace(looked.select(2, codebook));
        var positions = cat([.. Enumerable.Range(0, lanes).Select(lane => TensorData.FromFloats(
            SinusoidalPositions.Of(pass.Prefix(lane) + firstColumn, columns, Config.Width), 1, columns, Config.Width))], 0);
        return sum.AddInPlace(positions.to(Device!)).MoveToOuterDisposeScope();
    }

    /// <summary>Final norm and heads.</summary>
    /// <param name="residual">The residual stream after the last layer <c>[…, width]</c>.</param>
    /// <param name="pass">The multiplication.</param>
    /// <param name="points">Observes the normed stream, if given.</param>
    /// <returns><c>[…, codebooks · vocabulary]</c>.</returns>
    internal Tensor Logits(Tensor residual, ForwardPass pass, IPointObserver? points = null)
    {
        using var normed = Normed(residual, pass, points);
        return Heads(normed, pass);
    }

    /// <summary>The heads' input: the normed stream.</summary>
    internal Tensor Normed(Tensor residual, ForwardPass pass, IPointObserver? points)
    {
        var normed = pass.Normalize(residual, finalNorm);
        points?.Show(HookSite.FinalNorm, normed);
        return normed;
    }

    /// <summary>The heads only, on the result of <see cref="Normed"/>.</summary>
    internal Tensor Heads(Tensor normed, ForwardPass pass) => pass.Linear(normed, heads);

    public void Dispose()
    {
        embeddings.Dispose();
        heads.Dispose();
        textWeight?.Dispose();
        textBias?.Dispose();
        finalNorm.Dispose();
        foreach (var layer in layers) layer.Dispose();
        arena.Dispose();
    }
}

/// <summary>
/// pos(p) = [cos(p·f), sin(p·f)], f_i = exp(−i · ln(10000) / (width/2 − 1)), i &lt; width/2: computed, so no table limits the length.
/// </summary>
internal static class SinusoidalPositions
{
    /// <returns>Row-major <c>[count, width]</c> for positions from <paramref name="first"/>.</returns>
    public static float[] Of(int first, int count, int width)
    {
        var half = width / 2;
        var table = new float[checked(count * width)];
        var step = Math.Log(10000) / (half - 1);
        for (var index = 0; index < half; index++)
        {
            // The frequencies are float32 in the reference, and positions are large enough for that to matter.
            var frequency = MathF.Exp(index * -(float)step);
            for (var row = 0; row < count; row++)
            {
                var angle = (first + row) * frequency;
                table[row * width + index] = MathF.Cos(angle);
                table[row * width + half + index] = MathF.Sin(angle);
            }
        }
        return table;
    }
}
