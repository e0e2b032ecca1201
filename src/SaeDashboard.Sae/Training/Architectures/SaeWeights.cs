using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training.Architectures;

/// <summary>The tensors of an SAE in training, of any element type, as the formulas read them.</summary>
/// <param name="Encoder">W_encᵀ [F, d]; of a gated SAE W_gateᵀ.</param>
/// <param name="EncoderBias">b_enc [F]; of a gated SAE b_gate.</param>
/// <param name="Decoder">W_dec [F, d], rows of norm 1.</param>
/// <param name="DecoderBias">b_dec [d].</param>
/// <param name="Extra">[F] each, in the order of <see cref="Architecture.ExtraTensors"/>.</param>
internal sealed record SaeWeights(Tensor Encoder, Tensor EncoderBias, Tensor Decoder, Tensor DecoderBias, IReadOnlyList<Tensor> Extra)
{
    public int Latents => (int)Decoder.size(0);

    public int Width => (int)Decoder.size(1);

    public IReadOnlyList<Tensor> All => [Encoder, EncoderBias, Decoder, DecoderBias, .. Extra];

    /// <summary>A state's values, over the same memory.</summary>
    public static SaeWeights Of(TrainingState state) => new(
        state.Encoder.Value, state.EncoderBias.Value, state.Decoder.Value, state.DecoderBias.Value,
        [.. state.Extra.Select(tensor => tensor.Value)]);

    /// <summary>The same values in host memory; where they are there already, over the same memory.</summary>
    public SaeWeights InHostMemory() => new(Encoder.cpu(), EncoderBias.cpu(), Decoder.cpu(), DecoderBias.cpu(), [.. Extra.Select(tensor => tensor.cpu())]);

    /// <summary>The same values as leaves whose gradients are recorded.</summary>
    public SaeWeights AsLeaves()
    {
        static Tensor Leaf(Tensor tensor) => tensor.detach().requires_grad_();
        return new(Leaf(Encoder), Leaf(EncoderBias), Leaf(Decoder), Leaf(DecoderBias), [.. Extra.Select(Leaf)]);
    }

    /// <summary>h = x − b_dec for inputs [n, d].</summary>
    public Tensor Centre(Tensor x) => x.sub(DecoderBias);

    /// <summary>p = (x − b_dec)·W_enc + b_enc [n, F] for inputs [n, d].</summary>
    public Tensor PreActivations(Tensor x) => Centre(x).mm(Encoder.t()).add(EncoderBias);

    /// <summary>x̂ = f·W_dec + b_dec [n, d] for latents [n, F].</summary>
    public Tensor Decode(Tensor latents) => latents.mm(Decoder).add(DecoderBias);
}
