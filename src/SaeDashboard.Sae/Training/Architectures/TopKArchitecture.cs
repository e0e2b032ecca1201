using SaeDashboard.Core.Saes;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training.Architectures;

/// <summary>
/// TopK (Gao et al. 2024, arXiv:2406.04093): f = ReLU(p) where p is among its column's k largest, L = Σ‖e‖²/B. The sparse engine computes
/// the same faster.
/// </summary>
internal sealed class TopKArchitecture(int k) : Architecture
{
    public override ArchitecturePass Forward(SaeWeights weights, Tensor x, double sparsity)
    {
        var p = weights.PreActivations(x);
        var f = Select(p);
        var e = x.sub(weights.Decode(f));
        return new ArchitecturePass { PreActivations = p, Latents = f, Error = e, Loss = ArchitecturePass.SquaredError(e) };
    }

    public override Tensor Encode(SaeWeights weights, Tensor x, double threshold) => Select(weights.PreActivations(x));

    public override SparseAutoencoder Publish(SaeWeights weights, SaeMetadata metadata, double threshold) =>
        Make(SaeArchitecture.TopK, weights, metadata, k, ("b_enc", weights.EncoderBias));

    private Tensor Select(Tensor p)
    {
        var (values, indices) = p.topk(k, 1, true, false);
        return zeros_like(p).scatter(1, indices, values.relu());
    }
}
