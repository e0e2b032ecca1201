using SaeDashboard.Core;
using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.MusicGen.Decoding;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Text;

/// <summary>
/// T5's encoder in float32 (float16 overflows). One prompt at a time, never padded, in arithmetic that does not depend on the BLAS:
/// the result depends on the prompt only.
/// Raffel et al., "Exploring the Limits of Transfer Learning with a Unified Text-to-Text Transformer", 2020.
/// </summary>
public sealed class TextEncoder : IDisposable
{
    /// <summary>Tokens of the longest prompt, as T5 was trained.</summary>
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

    /// <summary>The last hidden state <c>[tokens, d_model]</c> of a prompt's ids (ending with <c>&lt;/s&gt;</c>, as the tokenizer
    /// returns them).</summary>
    /// <exception cref="UserException">There are more than <see cref="MaxTokens"/> ids.</exception>
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

/// <summary>One block of T5's encoder: x += o(attention(rms(x))); x += wo(act(wi(rms(x)))).</summary>
internal sealed unsafe class TextEncoderLayer : IDisposable
{
    private readonly TextEncoderConfig config;
    private readonly Tensor attentionNorm, feedForwardNorm;
    private readonly LinearWeight queryKeyValue, output, expand, contract;
    private readonly LinearWeight? gate;

    public TextEncoderLayer(TextEncoderConfig config, WeightReader weights, int layer)
    {
        this.config = config;
        var (inner, width, wide) = ((long)config.Heads * config.HeadSize, (long)config.Width, (long)config.FeedForwardWidth);
        var block = $"text_encoder.encoder.block.{layer}.layer";
        WeightPart Part(string name, long outputs) => new($"{block}.{name}.weight", outputs);

        using var scope = NewDisposeScope();
        attentionNorm = weights.Float32($"{block}.0.layer_norm.weight", width).DetachFromDisposeScope();
        queryKeyValue = weights.Linear(width,
            Part("0.SelfAttention.q", inner), Part("0.SelfAttention.k", inner), Part("0.SelfAttention.v", inner));
        output = weights.Linear(inner, Part("0.SelfAttention.o", width));
        feedForwardNorm = weights.Float32($"{block}.1.layer_norm.weight", width).DetachFromDisposeScope();
        gate = config.GatedGelu ? weights.Linear(width, Part("1.DenseReluDense.wi_0", wide)) : null;
        expand = weights.Linear(width, Part(config.GatedGelu ? "1.DenseReluDense.wi_1" : "1.DenseReluDense.wi", wide));
        contract = weights.Linear(wide, Part("1.DenseReluDense.wo", width));
    }

    /// <param name="states"><c>[tokens, d_model]</c>.</param>
    /// <param name="bias">The relative positions' bias <c>[heads, tokens, tokens]</c>, contiguous.</param>
    /// <returns><c>[tokens, d_model]</c>, in the caller's dispose scope.</returns>
    public Tensor Forward(Tensor states, Tensor bias)
    {
        using var scope = NewDisposeScope();
        var normed = RowArithmetic.NormalizeBySquares(states, attentionNorm, this.config.LayerNormEpsilon);
        var mixed = Attend(queryKeyValue.Multiply(normed), bias);
        var attended = states.Add(output.Multiply(mixed));

        normed = RowArithmetic.NormalizeBySquares(attended, feedForwardNorm, this.config.LayerNormEpsilon);
        var hidden = expand.Multiply(normed);
        hidden = gate is null ? hidden.relu() : hidden.mul(GeluByTanh(gate.Multiply(normed)));
        return attended.Add(contract.Multiply(hidden)).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        attentionNorm.Dispose();
        feedForwardNorm.Dispose();
    }

    /// <param name="projected">Queries, keys and values <c>[tokens, 3 · heads · head size]</c>. T5 has no 1/√d.</param>
    /// <param name="bias"><c>[heads, tokens, tokens]</c>.</param>
    /// <returns><c>[tokens, heads · head size]</c>.</returns>
    private Tensor Attend(Tensor projected, Tensor bias)
    {
        var (heads, size, tokens) = (this.config.Heads, this.config.HeadSize, (int)projected.shape[0]);
        // [3, heads, tokens, head size]
        var parts = projected.view(tokens, 3, heads, size).permute(1, 2, 0, 3).contiguous();
        var result = empty(tokens, heads * size);
        var work = new SingleQueryAttention.Head[heads * tokens];
        fixed (float* query = TensorData.AsSpan(parts), to = TensorData.AsSpan(result), biases = TensorData.AsSpan(bias))
        {
            var key = query + (long)heads * tokens * size;
            var value = key + (long)heads * tokens * size;
            for (var index = 0; index < work.Length; index++)
            {
                var (head, token) = (index / tokens, index % tokens);
                var start = (long)head * tokens * size;
                work[index] = new SingleQueryAttention.Head(
                    (nint)(query + (long)index * size),
                    (nint)(key + start),
                    (nint)(value + start),
                    (nint)(to + ((long)token * heads + head) * size),
                    tokens,
                    (nint)(biases + (long)index * tokens));
            }
            SingleQueryAttention.Attend(work, size);
        }
        return result;
    }

    /// <summary>"gelu_new": x/2 · (1 + tanh(√(2/π) · (x + 0.044715·x³))).</summary>
    private static Tensor GeluByTanh(Tensor x) =>
        x.mul(x).mul(x).Mul(0.044715).Add(x).Mul(Math.Sqrt(2 / Math.PI)).tanh().Add(1).mul(x).Mul(0.5);
}

/// <summary>
/// T5's buckets of relative positions, both directions: half of them for keys before the query, half for keys after it; in each,
/// half hold one distance exactly and the others grow logarithmically up to the greatest distance.
/// </summary>
internal static class RelativePositionBuckets
{
    /// <returns>Row-major <c>[tokens, tokens]</c>: query i, key j.</returns>
    public static long[] Of(int tokens, int buckets, int maxDistance)
    {
        var table = new long[checked(tokens * tokens)];
        for (var query = 0; query < tokens; query++)
        {
            for (var key = 0; key < tokens; key++) table[query * tokens + key] = Bucket(key - query, buckets, maxDistance);
        }
        return table;
    }

    /// <param name="offset">Key's position minus query's position.</param>
    /// <param name="buckets">All buckets.</param>
    /// <param name="maxDistance">Distances from this one on share the last bucket.</param>
    public static int Bucket(int offset, int buckets, int maxDistance)
    {
        var half = buckets / 2;
        var exact = half / 2;
        var first = offset > 0 ? half : 0;
        var distance = Math.Abs(offset);
        if (distance < exact) return first + distance;
        // In float32, as in training: at the edges of a bucket a double can give another bucket.
        var logarithmic = MathF.Log(distance / (float)exact) / (float)Math.Log(maxDistance / (double)exact) * (half - exact);
        return first + Math.Min(half - 1, exact + (int)logarithmic);
    }
}
