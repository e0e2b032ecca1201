using SaeDashboard.MusicGen.Checkpoints;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Decoding;

/// <summary>
/// One layer of the decoder: x += self-attention(norm x); x += cross-attention(norm x, text); x += fc2(gelu(fc1(norm x))). What
/// attends to what, and in which shape, is the <see cref="ForwardPass"/>'s affair.
/// </summary>
internal sealed class DecoderLayer : IDisposable
{
    private readonly LayerNorm selfNorm, feedForwardNorm;
    private readonly LayerNorm? crossNorm;
    private readonly Tensor queryKeyValue, selfOut, expand, contract;
    private readonly Tensor? crossQuery, crossKeyValue, crossOut;

    public DecoderLayer(DecoderConfig config, CheckpointTensors tensors, int layer)
    {
        long width = config.Width, inner = config.FeedForwardWidth;
        var name = $"decoder.model.decoder.layers.{layer}";
        // The scores' 1/√(head size) lies in the query's weights: a power of two for heads of 64, so nothing is rounded.
        var scale = 1 / Math.Sqrt(config.HeadSize);
        Tensor Read(string part, params long[] shape) => tensors.Float32($"{name}.{part}.weight", shape);
        // [out, in] → [in, out]: products then read the weights in order.
        Tensor Keep(params Tensor[] parts) => cat(parts, 0).t().contiguous().DetachFromDisposeScope();

        using var scope = NewDisposeScope();
        selfNorm = new LayerNorm(tensors, $"{name}.self_attn_layer_norm", width);
        feedForwardNorm = new LayerNorm(tensors, $"{name}.final_layer_norm", width);
        queryKeyValue = Keep(
            Read("self_attn.q_proj", width, width).mul(scale),
            Read("self_attn.k_proj", width, width),
            Read("self_attn.v_proj", width, width));
        selfOut = Keep(Read("self_attn.out_proj", width, width));
        if (config.CrossAttention)
        {
            crossNorm = new LayerNorm(tensors, $"{name}.encoder_attn_layer_norm", width);
            crossQuery = Keep(Read("encoder_attn.q_proj", width, width).mul(scale));
            crossKeyValue = Keep(Read("encoder_attn.k_proj", width, width), Read("encoder_attn.v_proj", width, width));
            crossOut = Keep(Read("encoder_attn.out_proj", width, width));
        }
        expand = Keep(Read("fc1", inner, width));
        contract = Keep(Read("fc2", width, inner));
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
            using var normed = pass.Normalize(x, crossNorm!);
            using var query = pass.Linear(normed, crossQuery!);
            using var attended = pass.CrossAttention(layer, query);
            using var output = pass.Linear(attended, crossOut!);
            x.add_(output);
        }

        using (var normed = pass.Normalize(x, feedForwardNorm))
        using (var hidden = pass.Linear(normed, expand))
        using (var active = pass.Gelu(hidden))
        using (var output = pass.Linear(active, contract)) x.add_(output);
    }

    /// <summary>Keys and values of a text for the cross-attention, <c>[tokens, 2 · width]</c>: keys, then values.</summary>
    public Tensor CrossKeysAndValues(Tensor text) => RowArithmetic.Multiply(text, crossKeyValue!);

    public void Dispose()
    {
        IDisposable?[] parts =
            [selfNorm, crossNorm, feedForwardNorm, queryKeyValue, selfOut, crossQuery, crossKeyValue, crossOut, expand, contract];
        foreach (var part in parts) part?.Dispose();
    }
}
