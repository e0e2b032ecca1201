using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.MusicGen.Decoding;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Text;

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
    /// <returns><c>[tokens, d_model]</c>, of the caller's scope.</returns>
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
