using SaeDashboard.MusicGen.Checkpoints;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Decoding;

/// <summary>
/// One layer of the decoder: x += self-attention(norm x); x += cross-attention(norm x, text); x += fc2(gelu(fc1(norm x))). What
/// attends to what, and in which shape, is the <see cref="ForwardPass"/>'s affair.
/// </summary>
internal sealed class DecoderLayer : IDisposable
{
    private readonly LayerNorm selfNorm, crossNorm, feedForwardNorm;
    private readonly LinearWeight queryKeyValue, selfOut, crossQuery, crossKeyValue, crossOut, expand, contract;

    public DecoderLayer(DecoderConfig config, WeightReader weights, int layer)
    {
        long width = config.Width, inner = config.FeedForwardWidth;
        var name = $"decoder.model.decoder.layers.{layer}";
        // The scores' 1/√(head size) lies in the query's weights: a power of two for heads of 64, so nothing is rounded.
        var scale = (float)(1 / Math.Sqrt(config.HeadSize));
        WeightPart Part(string part, long outputs, float scale = 1) => new($"{name}.{part}.weight", outputs, scale);

        selfNorm = new LayerNorm(weights, $"{name}.self_attn_layer_norm", width);
        crossNorm = new LayerNorm(weights, $"{name}.encoder_attn_layer_norm", width);
        feedForwardNorm = new LayerNorm(weights, $"{name}.final_layer_norm", width);
        queryKeyValue = weights.Linear(width,
            Part("self_attn.q_proj", width, scale), Part("self_attn.k_proj", width), Part("self_attn.v_proj", width));
        selfOut = weights.Linear(width, Part("self_attn.out_proj", width));
        crossQuery = weights.Linear(width, Part("encoder_attn.q_proj", width, scale));
        crossKeyValue = weights.Linear(width, Part("encoder_attn.k_proj", width), Part("encoder_attn.v_proj", width));
        crossOut = weights.Linear(width, Part("encoder_attn.out_proj", width));
        expand = weights.Linear(width, Part("fc1", inner));
        contract = weights.Linear(inner, Part("fc2", width));
    }

    /// <summary>Adds the layer's three parts to <paramref name="x"/> <c>[…, width]</c> in place.</summary>
    public void Forward(Tensor x, int layer, ForwardPass pass)
    {
        // Everything is disposed of as soon as it is used: the allocator then gives the same, cached memory to the next part.
        using (var normed = pass.Normalize(x, selfNorm))
        using (var projected = pass.Linear(normed, queryKeyValue))
        using (var attended = pass.SelfAttention(layer, projected))
        using (var output = pass.Linear(attended, selfOut)) x.add_(output);

        if (pass.HasCrossAttention)
        {
            using var normed = pass.Normalize(x, crossNorm);
            using var query = pass.Linear(normed, crossQuery);
            using var attended = pass.CrossAttention(layer, query);
            using var output = pass.Linear(attended, crossOut);
            x.add_(output);
        }

        using (var normed = pass.Normalize(x, feedForwardNorm))
        using (var hidden = pass.Linear(normed, expand))
        using (var active = pass.Gelu(hidden))
        using (var output = pass.Linear(active, contract)) x.add_(output);
    }

    /// <summary>Keys and values of a text for the cross-attention, <c>[tokens, 2 · width]</c>: keys, then values.</summary>
    public Tensor CrossKeysAndValues(Tensor text) => RowArithmetic.Multiply(text, crossKeyValue);

    public void Dispose()
    {
        selfNorm.Dispose();
        crossNorm.Dispose();
        feedForwardNorm.Dispose();
    }
}
