using SaeDashboard.Core;
using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.MusicGen.Decoding;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Text;

/// <summary>
/// T5's encoder in float32 (float16 overflows). One prompt at a time, never padded, in arithmetic that does not depend on the BLAS:
/// what a prompt gives depends on nothing but the prompt.
/// Raffel et al., "Exploring the Limits of Transfer Learning with a Unified Text-to-Text Transformer", 2020.
/// </summary>
public sealed class TextEncoder : IDisposable
{
    /// <summary>Tokens of the longest prompt: what T5 was trained on.</summary>
    public const int MaxTokens = 512;

    private readonly TextEncoderConfig config;
    private readonly HostArena arena = new();
    private readonly Tensor embedding;
    private readonly Tensor relativeBias;
    private readonly Tensor finalNorm;
    private readonly TextEncoderLayer[] layers;

    /// <exception cref="UserException">A tensor is missing or has another shape than <paramref name="config"/> says.</exception>
    public TextEncoder(TextEncoderConfig config, CheckpointTensors tensors)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(tensors);
        const string shared = "text_encoder.shared.weight", alias = "text_encoder.encoder.embed_tokens.weight";
        this.config = config;
        tensors.RequireAbsent($"text_encoder.encoder.block.{config.Layers}.layer.0.SelfAttention.q.weight", $"text_encoder.num_layers "
            + $"is {config.Layers}");
        embedding = Keep(tensors.Float32(tensors.Contains(shared) || !tensors.Contains(alias) ? shared : alias, config.VocabularySize,
            config.Width));
        relativeBias = Keep(tensors.Float32("text_encoder.encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight",
            config.RelativeBuckets, config.Heads));
        finalNorm = Keep(tensors.Float32("text_encoder.encoder.final_layer_norm.weight", config.Width));
        var weights = new WeightReader(tensors, arena, ComputeType.Float32);
        layers = [.. Enumerable.Range(0, config.Layers).Select(layer => new TextEncoderLayer(config, weights, layer))];
    }

    /// <summary>Width of the output.</summary>
    public int Width => this.config.Width;

    /// <summary>Ids below this number have an embedding.</summary>
    public int VocabularySize => this.config.VocabularySize;

    /// <summary>The last hidden state <c>[tokens, d_model]</c> of a prompt's ids (closed with <c>&lt;/s&gt;</c>, as the tokenizer
    /// gives them).</summary>
    /// <exception cref="UserException">There are more than <see cref="MaxTokens"/>.</exception>
    public Tensor Encode(int[] ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        if (ids.Length == 0) throw new ArgumentException("A prompt has at least one token, </s>.", nameof(ids));
        if (ids.Length > MaxTokens)
            throw new UserException($"The prompt has {ids.Length} tokens; the text encoder reads at most {MaxTokens}. Shorten it.");
        using var gradients = no_grad();
        using var scope = NewDisposeScope();

        var tokens = ids.Length;
        var buckets = RelativePositionBuckets.Of(tokens, this.config.RelativeBuckets, this.config.RelativeMaxDistance);
        // [tokens · tokens, heads] → [heads, tokens, tokens]; all layers add the first one's bias.
        var bias = relativeBias.index_select(0, tensor(buckets)).view(tokens, tokens, this.config.Heads).permute(2, 0, 1).contiguous();
        var states = embedding.index_select(0, tensor(Array.ConvertAll(ids, id => (long)id)));
        foreach (var layer in layers) states = layer.Forward(states, bias);
        return RowArithmetic.NormalizeBySquares(states, finalNorm, this.config.LayerNormEpsilon).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        embedding.Dispose();
        relativeBias.Dispose();
        finalNorm.Dispose();
        foreach (var layer in layers) layer.Dispose();
        arena.Dispose();
    }

    private static Tensor Keep(Tensor tensor) => tensor.DetachFromDisposeScope();
}
