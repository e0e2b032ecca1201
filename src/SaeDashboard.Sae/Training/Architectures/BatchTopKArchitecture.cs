using SaeDashboard.Core.Saes;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training.Architectures;

/// <summary>
/// BatchTopK (Bussmann, Leask, Nanda 2024, arXiv:2412.06410): <see cref="BatchSelection"/> over p, L = Σ‖e‖²/B. Published as JumpReLU with
/// one threshold.
/// </summary>
internal sealed class BatchTopKArchitecture(int k) : Architecture
{
    public override int? MeanActive => k;

    public override ArchitecturePass Forward(SaeWeights weights, Tensor x, double sparsity)
    {
        var p = weights.PreActivations(x);
        var (f, smallest) = BatchSelection.Select(p, k);
        var e = x.sub(weights.Decode(f));
        return new ArchitecturePass
        {
            PreActivations = p,
            Latents = f,
            Error = e,
            Loss = ArchitecturePass.SquaredError(e),
            SmallestKept = smallest,
        };
    }

    public override Tensor Encode(SaeWeights weights, Tensor x, double threshold) =>
        BatchSelection.Above(weights.PreActivations(x), threshold);

    public override SparseAutoencoder Publish(SaeWeights weights, SaeMetadata metadata, double threshold) => Make(
        SaeArchitecture.JumpRelu, weights, metadata, 0,
        ("b_enc", weights.EncoderBias), ("threshold", full_like(weights.EncoderBias, threshold)));
}
