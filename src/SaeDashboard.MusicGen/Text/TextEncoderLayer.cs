using SaeDashboard.MusicGen.Checkpoints;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace SaeDashboard.MusicGen.Text;

/// <summary>One block of T5's encoder: x += o(attention(rms(x))); x += wo(act(wi(rms(x)))).</summary>
internal sealed class TextEncoderLayer : IDisposable
{
    private readonly TextEncoderConfig _config;
    private readonly Tensor _attentionNorm, _query, _key, _value, _output, _feedForwardNorm, _in, _out;
    private readonly Tensor? _gate;

    public TextEncoderLayer(TextEncoderConfig config, CheckpointTensors tensors, int layer)
    {
        _config = config;
        var inner = (long)config.Heads * config.HeadSize;
        var block = $"text_encoder.encoder.block.{layer}.layer";
        Tensor Read(string name, params long[] shape) => tensors.Float32($"{block}.{name}.weight", shape).DetachFromDisposeScope();

        _attentionNorm = Read("0.layer_norm", config.Width);
        _query = Read("0.SelfAttention.q", inner, config.Width);
        _key = Read("0.SelfAttention.k", inner, config.Width);
        _value = Read("0.SelfAttention.v", inner, config.Width);
        _output = Read("0.SelfAttention.o", config.Width, inner);
        _feedForwardNorm = Read("1.layer_norm", config.Width);
        _gate = config.GatedGelu ? Read("1.DenseReluDense.wi_0", config.FeedForwardWidth, config.Width) : null;
        _in = Read(config.GatedGelu ? "1.DenseReluDense.wi_1" : "1.DenseReluDense.wi", config.FeedForwardWidth, config.Width);
        _out = Read("1.DenseReluDense.wo", config.Width, config.FeedForwardWidth);
    }

    /// <param name="states"><c>[tokens, d_model]</c>.</param>
    /// <param name="bias">The relative positions' bias <c>[heads, tokens, tokens]</c>.</param>
    /// <returns><c>[tokens, d_model]</c>, of the caller's scope.</returns>
    public Tensor Forward(Tensor states, Tensor bias)
    {
        using var scope = NewDisposeScope();
        var tokens = states.shape[0];
        Tensor Heads(Tensor x) => x.view(tokens, _config.Heads, _config.HeadSize).transpose(0, 1);

        var normed = Normalize(states, _attentionNorm, _config.LayerNormEpsilon);
        // T5 has no 1/√d: it is in the weights.
        var scores = Heads(linear(normed, _query)).bmm(Heads(linear(normed, _key)).transpose(1, 2)).add_(bias);
        var mixed = scores.softmax(-1).bmm(Heads(linear(normed, _value))).transpose(0, 1).reshape(tokens, -1);
        var attended = states.add(linear(mixed, _output));

        normed = Normalize(attended, _feedForwardNorm, _config.LayerNormEpsilon);
        var hidden = linear(normed, _in);
        hidden = _gate is null ? hidden.relu() : hidden.mul(GeluByTanh(linear(normed, _gate)));
        return attended.add(linear(hidden, _out)).MoveToOuterDisposeScope();
    }

    /// <summary>T5's norm: w · x · rsqrt(mean(x²) + ε), without a mean taken off.</summary>
    public static Tensor Normalize(Tensor states, Tensor weight, double epsilon)
    {
        using var scope = NewDisposeScope();
        var meanSquare = states.mul(states).mean([-1], keepdim: true);
        return states.mul(meanSquare.add(epsilon).rsqrt()).mul(weight).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (var tensor in new[] { _attentionNorm, _query, _key, _value, _output, _feedForwardNorm, _in, _out, _gate })
            tensor?.Dispose();
    }

    /// <summary>"gelu_new": x/2 · (1 + tanh(√(2/π) · (x + 0.044715·x³))).</summary>
    private static Tensor GeluByTanh(Tensor x) =>
        x.mul(x).mul(x).mul(0.044715).add(x).mul(Math.Sqrt(2 / Math.PI)).tanh().add(1).mul(x).mul(0.5);
}
