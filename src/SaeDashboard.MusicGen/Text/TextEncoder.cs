using SaeDashboard.Core;
using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.MusicGen.Decoding;
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

    private readonly TextEncoderConfig _config;
    private readonly Tensor _embedding;
    private readonly Tensor _relativeBias;
    private readonly Tensor _finalNorm;
    private readonly TextEncoderLayer[] _layers;

    /// <exception cref="UserException">A tensor is missing or has another shape than <paramref name="config"/> says.</exception>
    public TextEncoder(TextEncoderConfig config, CheckpointTensors tensors)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(tensors);
        const string shared = "text_encoder.shared.weight", alias = "text_encoder.encoder.embed_tokens.weight";
        _config = config;
        tensors.RequireAbsent($"text_encoder.encoder.block.{config.Layers}.layer.0.SelfAttention.q.weight", $"text_encoder.num_layers "
            + $"is {config.Layers}");
        _embedding = Keep(tensors.Float32(tensors.Contains(shared) || !tensors.Contains(alias) ? shared : alias, config.VocabularySize,
            config.Width));
        _relativeBias = Keep(tensors.Float32("text_encoder.encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight",
            config.RelativeBuckets, config.Heads));
        _finalNorm = Keep(tensors.Float32("text_encoder.encoder.final_layer_norm.weight", config.Width));
        _layers = [.. Enumerable.Range(0, config.Layers).Select(layer => new TextEncoderLayer(config, tensors, layer))];
    }

    /// <summary>Width of the output.</summary>
    public int Width => _config.Width;

    /// <summary>Ids below this number have an embedding.</summary>
    public int VocabularySize => _config.VocabularySize;

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
        var buckets = RelativePositionBuckets.Of(tokens, _config.RelativeBuckets, _config.RelativeMaxDistance);
        // [tokens · tokens, heads] → [heads, tokens, tokens]; all layers add the first one's bias.
        var bias = _relativeBias.index_select(0, tensor(buckets)).view(tokens, tokens, _config.Heads).permute(2, 0, 1).contiguous();
        var states = _embedding.index_select(0, tensor(Array.ConvertAll(ids, id => (long)id)));
        foreach (var layer in _layers) states = layer.Forward(states, bias);
        return RowArithmetic.NormalizeBySquares(states, _finalNorm, _config.LayerNormEpsilon).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _embedding.Dispose();
        _relativeBias.Dispose();
        _finalNorm.Dispose();
        foreach (var layer in _layers) layer.Dispose();
    }

    private static Tensor Keep(Tensor tensor) => tensor.DetachFromDisposeScope();
}
