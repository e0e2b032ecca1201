using SaeDashboard.Core.Saes;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training.Architectures;

/// <summary>
/// Gated (Rajamanoharan et al. 2024, arXiv:2404.16014): π_gate = h·W_gate + b_gate decides, π_mag = h·(W_gate·e^r_mag) + b_mag says how much,
/// f = [π_gate > 0]·ReLU(π_mag). L = Σ‖e‖²/B + λ·Σ ReLU(π_gate)/B + Σ‖x − x̂_gate‖²/B, x̂_gate the reconstruction from ReLU(π_gate) through
/// the decoder taken as constant. The step has no derivative: the gate learns from the last two terms alone.
/// </summary>
internal sealed class GatedArchitecture : Architecture
{
    private const int MagnitudeBias = 0;
    private const int MagnitudeScale = 1;

    public override IReadOnlyList<TrainedTensor> ExtraTensors(int latents, Device? device = null) =>
        [new TrainedTensor("magnitude_bias", device, latents), new TrainedTensor("magnitude_log_scale", device, latents)];

    public override ArchitecturePass Forward(SaeWeights weights, Tensor x, double sparsity)
    {
        var (gate, f) = Latents(weights, x);
        var e = x.sub(weights.Decode(f));
        var opened = gate.relu();
        var gateError = x.sub(opened.mm(weights.Decoder.detach()).add(weights.DecoderBias.detach()));
        return new ArchitecturePass
        {
            PreActivations = gate,
            Latents = f,
            Error = e,
            Loss = ArchitecturePass.SquaredError(e)
                .add(opened.sum().mul(sparsity / x.size(0)))
                .add(ArchitecturePass.SquaredError(gateError)),
        };
    }

    public override Tensor Encode(SaeWeights weights, Tensor x, double threshold) => Latents(weights, x).Latents;

    public override SparseAutoencoder Publish(SaeWeights weights, SaeMetadata metadata, double threshold) => Make(
        SaeArchitecture.Gated, weights, metadata, 0,
        ("b_gate", weights.EncoderBias), ("b_mag", weights.Extra[MagnitudeBias]), ("r_mag", weights.Extra[MagnitudeScale]));

    private static (Tensor Gate, Tensor Latents) Latents(SaeWeights weights, Tensor x)
    {
        var product = weights.Centre(x).mm(weights.Encoder.t());
        var gate = product.add(weights.EncoderBias);
        var magnitude = product.mul(weights.Extra[MagnitudeScale].exp()).add(weights.Extra[MagnitudeBias]);
        return (gate, magnitude.relu().mul(gate.detach().gt(0).to(x.dtype)));
    }
}
