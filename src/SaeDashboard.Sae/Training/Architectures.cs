using SaeDashboard.Core.Saes;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training;

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

    public override SparseAutoencoder Export(SaeWeights weights, SaeMetadata metadata, double threshold) =>
        Make(SaeArchitecture.TopK, weights, metadata, k, ("b_enc", weights.EncoderBias));

    private Tensor Select(Tensor p)
    {
        var (values, indices) = p.topk(k, 1, true, false);
        return zeros_like(p).scatter(1, indices, values.relu());
    }
}

/// <summary>
/// BatchTopK (Bussmann, Leask, Nanda 2024, arXiv:2412.06410): <see cref="BatchSelection"/> over p, L = Σ‖e‖²/B. Exported as JumpReLU with
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
        return new ArchitecturePass { PreActivations = p, Latents = f, Error = e, Loss = ArchitecturePass.SquaredError(e), SmallestKept = smallest };
    }

    public override Tensor Encode(SaeWeights weights, Tensor x, double threshold) =>
        BatchSelection.Above(weights.PreActivations(x), threshold);

    public override SparseAutoencoder Export(SaeWeights weights, SaeMetadata metadata, double threshold) => Make(
        SaeArchitecture.JumpRelu, weights, metadata, 0,
        ("b_enc", weights.EncoderBias), ("threshold", weights.EncoderBias.FullLike(threshold)));
}

/// <summary>
/// Matryoshka BatchTopK (Bussmann, Nabeshima, Karvonen, Nanda 2025, arXiv:2503.17547): the latents form groups of 1/32, 1/16, 1/8, 1/4 and
/// the rest of F. With one <see cref="BatchSelection"/> over all, every prefix of groups reconstructs x with b_dec, and the losses
/// Σ‖x − x̂_prefix‖²/B are averaged. Exported as JumpReLU with one threshold.
/// </summary>
internal sealed class MatryoshkaArchitecture(int k) : Architecture
{
    private static readonly int[] Shares = [32, 16, 8, 4];
    private readonly BatchTopKArchitecture selection = new(k);

    public override int? MeanActive => k;

    /// <summary>The sizes of the groups that F latents are divided into, smallest first.</summary>
    public static IReadOnlyList<int> Groups(int latents)
    {
        var sizes = Shares.Select(share => latents / share).ToList();
        return [.. sizes, latents - sizes.Sum()];
    }

    public override ArchitecturePass Forward(SaeWeights weights, Tensor x, double sparsity)
    {
        var p = weights.PreActivations(x);
        var (f, smallest) = BatchSelection.Select(p, k);
        var groups = Groups(weights.Latents);
        var e = x.sub(weights.DecoderBias);
        var loss = zeros([], x.dtype, x.device);
        var first = 0;
        foreach (var size in groups)
        {
            // A prefix's error is that of the next shorter prefix minus what the added group reconstructs.
            e = e.sub(f.narrow(1, first, size).mm(weights.Decoder.narrow(0, first, size)));
            loss = loss.Add(ArchitecturePass.SquaredError(e));
            first += size;
        }
        return new ArchitecturePass { PreActivations = p, Latents = f, Error = e, Loss = loss.Div(groups.Count), SmallestKept = smallest };
    }

    public override Tensor Encode(SaeWeights weights, Tensor x, double threshold) => selection.Encode(weights, x, threshold);

    public override SparseAutoencoder Export(SaeWeights weights, SaeMetadata metadata, double threshold) =>
        selection.Export(weights, metadata, threshold);
}

/// <summary>
/// JumpReLU (Rajamanoharan et al. 2024, arXiv:2407.14435): f = p·[p &gt; θ], θ ≥ 0 learned per latent,
/// L = Σ‖e‖²/B + c·(L0/k − 1)², L0 the mean number of active latents (a penalty with a target, as in Anthropic's January 2025 update). The
/// step functions have no derivative with respect to θ. Within ε/2 of the threshold it is defined as ∂f/∂θ = −(θ/ε)·[|p − θ| &lt; ε/2],
/// ∂L0/∂θ = −(1/ε)·[|p − θ| &lt; ε/2]/B, elsewhere as 0. With respect to p, ∂f/∂p = [p &gt; θ] and L0 has none.
/// </summary>
internal sealed class JumpReluArchitecture(TrainConfig config) : Architecture
{
    /// <summary>Training begins with this many times k latents active.</summary>
    private const int StartingActive = 3;

    // Found by trial on the demo model: with 0.02 and the weights' learning rate more than half of the latents died.
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

    public override void InitializeThresholds(SaeWeights weights, Tensor sample)
    {
        using var scope = NewDisposeScope();
        var active = Math.Min(StartingActive * config.K, weights.Latents);
        var threshold = BatchSelection.Threshold(new[] { sample }.Select(weights.PreActivations), active);
        weights.Extra[0].Fill(threshold);
    }

    public override ArchitecturePass Forward(SaeWeights weights, Tensor x, double sparsity)
    {
        var p = weights.PreActivations(x);
        var threshold = weights.Extra[0];
        var fixedThreshold = threshold.detach();
        var open = p.detach().gt(fixedThreshold).to(p.dtype);
        var near = p.detach().sub(fixedThreshold).abs().Lt(bandwidth / 2).to(p.dtype).Div(-bandwidth);
        // Its value is 0 and its derivative with respect to θ is 1: its factor becomes a gradient and changes no value.
        var handle = threshold.sub(fixedThreshold);
        var f = p.mul(open).Add(handle.mul(near.mul(fixedThreshold)));
        var active = open.sum().Add(handle.mul(near).sum()).Div(x.size(0));

        var e = x.sub(weights.Decode(f));
        var penalty = active.Div(config.K).Sub(1).Square().Mul(sparsity);
        return new ArchitecturePass { PreActivations = p, Latents = f, Error = e, Loss = ArchitecturePass.SquaredError(e).Add(penalty) };
    }

    public override Tensor Encode(SaeWeights weights, Tensor x, double threshold)
    {
        var p = weights.PreActivations(x);
        return p.relu().mul(p.gt(weights.Extra[0]).to(p.dtype));
    }

    public override SparseAutoencoder Export(SaeWeights weights, SaeMetadata metadata, double threshold) => Make(
        SaeArchitecture.JumpRelu, weights, metadata, 0, ("b_enc", weights.EncoderBias), ("threshold", weights.Extra[0]));
}

/// <summary>
/// Gated (Rajamanoharan et al. 2024, arXiv:2404.16014): π_gate = h·W_gate + b_gate opens a latent, π_mag = h·(W_gate·e^r_mag) + b_mag sets
/// its value, f = [π_gate &gt; 0]·ReLU(π_mag). L = Σ‖e‖²/B + λ·Σ ReLU(π_gate)/B + Σ‖x − x̂_gate‖²/B, x̂_gate the reconstruction from
/// ReLU(π_gate) through the decoder taken as constant. The step function has no derivative: the gate learns from the last two terms only.
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
        var gateError = x.sub(opened.mm(weights.Decoder.detach()).Add(weights.DecoderBias.detach()));
        return new ArchitecturePass
        {
            PreActivations = gate,
            Latents = f,
            Error = e,
            Loss = ArchitecturePass.SquaredError(e)
                .Add(opened.sum().Mul(sparsity / x.size(0)))
                .Add(ArchitecturePass.SquaredError(gateError)),
        };
    }

    public override Tensor Encode(SaeWeights weights, Tensor x, double threshold) => Latents(weights, x).Latents;

    public override SparseAutoencoder Export(SaeWeights weights, SaeMetadata metadata, double threshold) => Make(
        SaeArchitecture.Gated, weights, metadata, 0,
        ("b_gate", weights.EncoderBias), ("b_mag", weights.Extra[MagnitudeBias]), ("r_mag", weights.Extra[MagnitudeScale]));

    private static (Tensor Gate, Tensor Latents) Latents(SaeWeights weights, Tensor x)
    {
        var product = weights.Centre(x).mm(weights.Encoder.t());
        var gate = product.Add(weights.EncoderBias);
        var magnitude = product.mul(weights.Extra[MagnitudeScale].exp()).Add(weights.Extra[MagnitudeBias]);
        return (gate, magnitude.relu().mul(gate.detach().Gt(0).to(x.dtype)));
    }
}

/// <summary>
/// ReLU with an L1 penalty (Cunningham et al. 2023, arXiv:2309.08600; Bricken et al. 2023): f = ReLU(p), L = Σ‖e‖²/B + λ·Σf/B. The
/// decoder's rows have norm 1, so λ·Σ f‖W_dec‖ is the same. Exported as SAELens's "standard".
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
            Loss = ArchitecturePass.SquaredError(e).Add(f.sum().Mul(sparsity / x.size(0))),
        };
    }

    public override Tensor Encode(SaeWeights weights, Tensor x, double threshold) => weights.PreActivations(x).relu();

    public override SparseAutoencoder Export(SaeWeights weights, SaeMetadata metadata, double threshold) =>
        Make(SaeArchitecture.Standard, weights, metadata, 0, ("b_enc", weights.EncoderBias));
}
