using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training.Architectures;

/// <summary>
/// AuxK (Gao et al. 2024, arXiv:2406.04093), for any architecture: dead latents reconstruct the error e, taken as constant, with the
/// min(d/2, dead) largest of their raw pre-activations: Σ‖e − ê‖² / Σ‖e − ē‖², ê = p·W_dec without b_dec. Raw: behind a ReLU a latent that is
/// always negative would never get a gradient. The gradient reaches decoder and encoder.
/// </summary>
internal static class AuxiliaryLoss
{
    /// <param name="weights">The weights.</param>
    /// <param name="pass">What the batch left.</param>
    /// <param name="dead">The dead latents' numbers, at least one.</param>
    /// <returns>The loss [] without its coefficient.</returns>
    public static Tensor Of(SaeWeights weights, ArchitecturePass pass, long[] dead)
    {
        var index = tensor(dead).to(pass.Error.device);
        var e = pass.Error.detach();
        var p = pass.PreActivations.index_select(1, index);
        var limit = Math.Max(1, weights.Width / 2);
        if (dead.Length > limit)
        {
            var indices = p.detach().topk(limit, 1, true, false).indexes;
            p = p.mul(zeros_like(p).scatter(1, indices, ones(indices.shape, p.dtype, p.device)));
        }
        var estimate = p.mm(weights.Decoder.index_select(0, index));
        var variance = e.sub(e.mean([0], true)).square().sum();
        return e.sub(estimate).square().sum().div(variance);
    }
}
