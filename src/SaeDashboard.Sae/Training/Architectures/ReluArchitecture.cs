using SaeDashboard.Core.Saes;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training.Architectures;

/// <summary>
/// ReLU with an L1 penalty (Cunningham et al. 2023, arXiv:2309.08600; Bricken et al. 2023): f = ReLU(p), L = Σ‖e‖²/B + λ·Σf/B. The decoder's
/// rows have norm 1, so that λ Σ f‖W_dec‖ is the same. Published as SAELens's "standard".
/// </summary>
internal sealed class ReluArchitecture : Architecture
{
    public override ArchitecturePass Forward(SaeWeights weights, Tensor x, double sparsity)
    {
        var p = weights.PreActivations(x);
        var f = p.relu();
        var e = x.sub(weights.Decode(f));
        return new ArchitecturePass
        {
            PreActivations = p,
            Latents = f,
            Error = e,
            Loss = ArchitecturePass.SquaredError(e).add(f.sum().mul(sparsity / x.size(0))),
        };
    }

    public override Tensor Encode(SaeWeights weights, Tensor x, double threshold) => weights.PreActivations(x).relu();

    public override SparseAutoencoder Publish(SaeWeights weights, SaeMetadata metadata, double threshold) =>
        Make(SaeArchitecture.Standard, weights, metadata, 0, ("b_enc", weights.EncoderBias));
}
