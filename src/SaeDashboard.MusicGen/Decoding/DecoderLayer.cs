using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace SaeDashboard.MusicGen.Decoding;

/// <summary>
/// One layer of the decoder: x += self-attention(norm x); x += cross-attention(norm x, text); x += fc2(gelu(fc1(norm x))). The
/// <see cref="ForwardPass"/> decides what attends to what, and in which shape.
/// </summary>
internal sealed class DecoderLayer : IDisposable
{
    private readonly LayerNorm selfNorm, feedForwardNorm;
    private readonly LayerNorm? crossNorm;
    private readonly LinearWeight queryKeyValue, selfOut, expand, contract;
    private readonly LinearWeight? crossQuery, crossKeyValue, crossOut;

    public DecoderLayer(DecoderConfig config, WeightReader weights, int layer)
    {
        long width = config.Width, inner = config.FeedForwardWidth;
        var name = $"decoder.model.decoder.layers.{layer}";
        // The scores' factor 1/√(head size) is folded into the query's weights: a power of two for heads of 64, so nothing is rounded.
        var scale = (float)(1 / Math.Sqrt(config.HeadSize));
        WeightPart Part(string part, long outputs, float scale = 1) => new($"{name}.{part}.weight", outputs, scale);

        selfNorm = new LayerNorm(weights, $"{name}.self_attn_layer_norm", width);
        feedForwardNorm = new LayerNorm(weights, $"{name}.final_layer_norm", width);
        queryKeyValue = weights.Linear(width,
            Part("self_attn.q_proj", width, scale), Part("self_attn.k_proj", width), Part("self_attn.v_proj", width));
        selfOut = weights.Linear(width, Part("self_attn.out_proj", width));
        if (config.CrossAttention)
        {
            crossNorm = new LayerNorm(weights, $"{name}.encoder_attn_layer_norm", width);
            crossQuery = weights.Linear(width, Part("encoder_attn.q_proj", width, scale));
            crossKeyValue = weights.Linear(width, Part("encoder_attn.k_proj", width), Part("encoder_attn.v_proj", width));
            crossOut = weights.Linear(width, Part("encoder_attn.out_proj", width));
        }
        expand = weights.Linear(width, Part("fc1", inner));
        contract = weights.Linear(inner, Part("fc2", width));
    }

    /// <summary>Adds the layer's three parts to <paramref name="x"/> <c>[…, width]</c> in place.</summary>
    /// <param name="x">The residual stream.</param>
    /// <param name="layer">The layer's number.</param>
    /// <param name="pass">The multiplication and attention.</param>
    /// <param name="points">Observes the stream and each part, in order, if given.</param>
    public void Forward(Tensor x, int layer, ForwardPass pass, IPointObserver? points = null)
    {
        // Each tensor is disposed as soon as it is used: the allocator then reuses the same, cached memory for the next part.
        points?.Show(new HookSite(layer, HookSite.ResidualPre), x);
        using (var normed = pass.Normalize(x, selfNorm))
        using (var projected = pass.Linear(normed, queryKeyValue))
        using (var attended = pass.SelfAttention(layer, projected))
        using (var output = pass.Linear(attended, selfOut))
        {
            points?.Show(new HookSite(layer, HookSite.AttentionOut), output);
            pass.Add(x, output);
        }
        points?.Show(new HookSite(layer, HookSite.ResidualMid), x);

        if (pass.HasCrossAttention)
        {
            using var normed = pass.Normalize(x, crossNorm!);
            using var query = pass.Linear(normed, crossQuery!);
            using var attended = pass.CrossAttention(layer, query);
            using var output = pass.Linear(attended, crossOut!);
            points?.Show(new HookSite(layer, HookSite.CrossOut), output);
            pass.Add(x, output);
        }
        else if (points?.Wants(new HookSite(layer, HookSite.CrossOut)) == true)
        {
            // A lane without a text observes the same zeros whether or not its neighbours have a text.
            using var nothing = zeros(x.shape, device: x.device);
            points.Show(new HookSite(layer, HookSite.CrossOut), nothing);
            x.AddInPlace(nothing);
        }

        using (var normed = pass.Normalize(x, feedForwardNorm))
        using (var hidden = pass.Linear(normed, expand))
        using (var active = pass.Gelu(hidden))
        using (var output = pass.Linear(active, contract))
        {
            points?.Show(new HookSite(layer, HookSite.FeedForwardOut), output);
            pass.Add(x, output);
        }
        points?.Show(HookSite.After(layer), x);
    }

    /// <summary>Keys and values of a text for the cross-attention, <c>[tokens, 2 · width]</c>: keys, then values.</summary>
    public Tensor CrossKeysAndValues(Tensor text) => crossKeyValue!.Multiply(text);

    public void Dispose()
    {
        IDisposable?[] parts =
            [selfNorm, crossNorm, feedForwardNorm, queryKeyValue, selfOut, crossQuery, crossKeyValue, crossOut, expand, contract];
        foreach (var part in parts) part?.Dispose();
    }
}

/// <summary>A layer norm over the width, ε = 1e−5.</summary>
internal sealed class LayerNorm : IDisposable
{
    private readonly Tensor weight, bias;
    private readonly long[] shape;

    public LayerNorm(WeightReader weights, string name, long width)
    {
        shape = [width];
        weight = weights.Float32($"{name}.weight", width).DetachFromDisposeScope();
        bias = weights.Float32($"{name}.bias", width).DetachFromDisposeScope();
    }

    public const double Epsilon = 1e-5;

    /// <summary><c>[width]</c>.</summary>
    public Tensor Weight => weight;

    /// <summary><c>[width]</c>.</summary>
    public Tensor Bias => bias;

    /// <param name="x"><c>[…, width]</c>.</param>
    public Tensor Forward(Tensor x) => layer_norm(x, shape, weight, bias, Epsilon);

    public void Dispose()
    {
        weight.Dispose();
        bias.Dispose();
    }
}

/// <summary>Observes what the decoder computes, and may change it in place before it is used.</summary>
internal interface IPointObserver
{
    /// <summary>Whether <see cref="Show"/> does anything at the site.</summary>
    bool Wants(HookSite site);

    /// <param name="site">The point.</param>
    /// <param name="values"><c>[lanes · columns, width]</c>, contiguous.</param>
    void Show(HookSite site, Tensor values);
}
