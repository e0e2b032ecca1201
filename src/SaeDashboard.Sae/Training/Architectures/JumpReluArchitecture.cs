using SaeDashboard.Core.Saes;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training.Architectures;

/// <summary>
/// JumpReLU (Rajamanoharan et al. 2024, arXiv:2407.14435): f = p·[p > θ], θ ≥ 0 learned per latent, L = Σ‖e‖²/B + c·(L0/k − 1)², L0 the
/// active latents of a column on average (the penalty that aims at a number: Anthropic's January 2025 update). The steps have no derivative
/// by θ; within ε/2 of the threshold it is taken to be ∂f/∂θ = −(θ/ε)·[|p − θ| &lt; ε/2], ∂L0/∂θ = −(1/ε)·[|p − θ| &lt; ε/2]/B, and elsewhere 0.
/// By p, ∂f/∂p = [p > θ] and L0 has none.
/// </summary>
internal sealed class JumpReluArchitecture(TrainConfig config) : Architecture
{
    /// <summary>Training begins with so many times k latents active.</summary>
    private const int StartingActive = 3;

    // By trial on the shipped model: with 0.02 and the weights' step size more than half of the latents died.
    private const double DefaultBandwidth = 0.05;
    private const double DefaultRateFactor = 0.3;
    private readonly double bandwidth = config.Bandwidth ?? DefaultBandwidth;

    /// <summary>ε.</summary>
    public double Bandwidth => bandwidth;

    public override IReadOnlyList<TrainedTensor> ExtraTensors(int latents, Device? device = null) =>
    [
        new TrainedTensor("threshold", device, latents)
        {
            RateFactor = config.ThresholdLearningRate / config.LearningRate ?? DefaultRateFactor,
            Minimum = 0,
        },
    ];

    public override void Start(SaeWeights weights, Tensor sample)
    {
        using var scope = NewDisposeScope();
        var threshold = BatchSelection.Threshold(new[] { sample }.Select(weights.PreActivations), Math.Min(StartingActive * config.K, weights.Latents));
        weights.Extra[0].fill_(threshold);
    }

    public override ArchitecturePass Forward(SaeWeights weights, Tensor x, double sparsity)
    {
        var p = weights.PreActivations(x);
        var threshold = weights.Extra[0];
        var fixedThreshold = threshold.detach();
        var open = p.detach().gt(fixedThreshold).to(p.dtype);
        var near = p.detach().sub(fixedThreshold).abs().lt(bandwidth / 2).to(p.dtype).div(-bandwidth);
        // Is 0 and has the derivative 1 by θ: what it is multiplied by becomes a gradient and changes no value.
        var handle = threshold.sub(fixedThreshold);
        var f = p.mul(open).add(handle.mul(near.mul(fixedThreshold)));
        var active = open.sum().add(handle.mul(near).sum()).div(x.size(0));

        var e = x.sub(weights.Decode(f));
        var penalty = active.div(config.K).sub(1).square().mul(sparsity);
        return new ArchitecturePass { PreActivations = p, Latents = f, Error = e, Loss = ArchitecturePass.SquaredError(e).add(penalty) };
    }

    public override Tensor Encode(SaeWeights weights, Tensor x, double threshold)
    {
        var p = weights.PreActivations(x);
        return p.relu().mul(p.gt(weights.Extra[0]).to(p.dtype));
    }

    public override SparseAutoencoder Publish(SaeWeights weights, SaeMetadata metadata, double threshold) => Make(
        SaeArchitecture.JumpRelu, weights, metadata, 0, ("b_enc", weights.EncoderBias), ("threshold", weights.Extra[0]));
}
