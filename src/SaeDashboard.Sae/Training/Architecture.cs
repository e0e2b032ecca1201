using SaeDashboard.Core.Saes;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training;

/// <summary>
/// What distinguishes one kind of SAE from another: its tensors, forward pass and loss, and the form in which it is used and exported.
/// x, f, p and e are in the scaled space, E‖x‖² = 1. libtorch differentiates what is recorded here.
/// </summary>
internal abstract class Architecture
{
    /// <summary>The architecture of a run.</summary>
    public static Architecture Of(TrainConfig config) => config.Architecture switch
    {
        TrainArchitecture.TopK => new TopKArchitecture(config.K),
        TrainArchitecture.BatchTopK => new BatchTopKArchitecture(config.K),
        TrainArchitecture.Matryoshka => new MatryoshkaArchitecture(config.K),
        TrainArchitecture.JumpRelu => new JumpReluArchitecture(config),
        TrainArchitecture.Gated => new GatedArchitecture(),
        TrainArchitecture.Relu => new ReluArchitecture(),
        _ => throw new ArgumentException($"The trainer has no architecture {config.Architecture}.", nameof(config)),
    };

    /// <summary>Zero tensors [F] in addition to encoder, decoder and their biases.</summary>
    /// <param name="latents">F.</param>
    /// <param name="device">Where they are created, as for <see cref="TrainedTensor"/>.</param>
    public virtual IReadOnlyList<TrainedTensor> ExtraTensors(int latents, Device? device = null) => [];

    /// <summary>Sets thresholds among those tensors from scaled inputs [n, d].</summary>
    public virtual void InitializeThresholds(SaeWeights weights, Tensor sample)
    {
    }

    /// <summary>Latents, error and loss of scaled inputs [B, d].</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="x">The inputs.</param>
    /// <param name="sparsity">The sparsity term's weight at this step.</param>
    public abstract ArchitecturePass Forward(SaeWeights weights, Tensor x, double sparsity);

    /// <summary>f [n, F] of scaled inputs [n, d] as the exported SAE computes it: each column by itself.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="x">The inputs.</param>
    /// <param name="threshold">What an active latent must exceed, if training selects over whole batches.</param>
    public abstract Tensor Encode(SaeWeights weights, Tensor x, double threshold);

    /// <summary>The mean number of active latents that <see cref="CalibrateThreshold"/> aims at; null without such a threshold.</summary>
    public virtual int? MeanActive => null;

    /// <summary>
    /// Sets the threshold of <see cref="Encode"/>, if it has one, so that held-out inputs have k active latents on average.
    /// </summary>
    public void CalibrateThreshold(TrainingState state, IEnumerable<Tensor> heldOut)
    {
        if (MeanActive is not { } k)
            return;
        using var noGradient = no_grad();
        var weights = SaeWeights.Of(state);
        state.Threshold.Fix(BatchSelection.Threshold(heldOut.Select(PreActivations), k));

        Tensor PreActivations(Tensor x)
        {
            // Device memory is short: nothing is left to the garbage collector.
            using var scope = NewDisposeScope();
            return weights.PreActivations(x.to(weights.Decoder.device)).MoveToOuterDisposeScope();
        }
    }

    /// <summary>The SAE for scaled inputs, in SAELens's form.</summary>
    public abstract SparseAutoencoder Export(SaeWeights weights, SaeMetadata metadata, double threshold);

    /// <summary>An SAE of W_enc, W_dec, b_dec and these tensors.</summary>
    protected static SparseAutoencoder Make(
        SaeArchitecture architecture, SaeWeights weights, SaeMetadata metadata, int k, params (string Name, Tensor Value)[] tensors)
    {
        var config = new SaeConfig { Architecture = architecture, DIn = weights.Width, DSae = weights.Latents, K = k, Metadata = metadata };
        var all = tensors.ToDictionary(tensor => tensor.Name, tensor => tensor.Value.clone());
        // Copied, not contiguous(): with a single latent the transpose is contiguous already and would share memory with the weights in training.
        all["W_enc"] = empty([weights.Width, weights.Latents], weights.Encoder.dtype).copy_(weights.Encoder.t());
        all["W_dec"] = weights.Decoder.clone();
        all["b_dec"] = weights.DecoderBias.clone();
        return new SparseAutoencoder(config, all);
    }
}

/// <summary>One recorded forward pass over a batch of B columns.</summary>
internal sealed record ArchitecturePass
{
    /// <summary>Raw pre-activations p [B, F], with which dead latents reconstruct.</summary>
    public required Tensor PreActivations { get; init; }

    /// <summary>f [B, F].</summary>
    public required Tensor Latents { get; init; }

    /// <summary>e = x − x̂ [B, d].</summary>
    public required Tensor Error { get; init; }

    /// <summary>The loss [], without AuxK's.</summary>
    public required Tensor Loss { get; init; }

    /// <summary>The smallest value that a selection over the whole batch kept; null without such a selection.</summary>
    public double? SmallestKept { get; init; }

    /// <summary>Σ‖e‖²/B, the first term of every architecture's loss.</summary>
    public static Tensor SquaredError(Tensor error) => error.Square().sum().Div(error.size(0));
}

/// <summary>
/// BatchTopK's selection (Bussmann, Leask, Nanda 2024, arXiv:2412.06410): of a batch of B columns the k·B largest positive pre-activations
/// are kept, in whichever columns they are. Single columns are encoded by a threshold instead, f = ReLU(p)·[p > θ].
/// </summary>
internal static class BatchSelection
{
    /// <summary>f [B, F] of pre-activations [B, F], and the smallest value kept (null if none is positive).</summary>
    public static (Tensor Latents, double? SmallestKept) Select(Tensor p, int k)
    {
        var count = (int)Math.Min(k * p.size(0), p.numel());
        using var mask = zeros([p.numel()], p.dtype, p.device);
        double smallest;
        using (no_grad())
        using (var scope = NewDisposeScope())
        {
            var flat = p.detach().relu().flatten();
            var (values, indices) = flat.topk(count, 0, true, false);
            var kept = values.Gt(0);
            mask.scatter_(0, indices, kept.to(p.dtype));
            smallest = values.MaskedFill(kept.logical_not(), double.PositiveInfinity).min().to(ScalarType.Float64).item<double>();
        }
        return (p.mul(mask.reshape(p.shape)), double.IsFinite(smallest) ? smallest : null);
    }

    /// <summary>f = ReLU(p)·[p > θ].</summary>
    public static Tensor Above(Tensor p, double threshold) => p.relu().mul(p.Gt(threshold).to(p.dtype));

    /// <summary>
    /// The θ that leaves k active latents per column on average: the (k·n)-th largest pre-activation of n columns is the last above it.
    /// Exact: apart from ties, L0 on these columns is k.
    /// </summary>
    /// <param name="preActivations">Batches [n, F], disposed of here. Enumerated again if the first pass kept too few values.</param>
    /// <param name="k">Active latents per column.</param>
    public static double Threshold(IEnumerable<Tensor> preActivations, int k)
    {
        // Assumes that no batch holds more than this many times its share of the largest values; checked below, and repeated if wrong.
        for (var margin = 2L; ; margin *= 2)
        {
            var largest = new List<float>();
            var (columns, missed) = (0L, 0f);
            foreach (var p in preActivations)
            {
                using var owned = p;
                using var scope = NewDisposeScope();
                columns += p.size(0);
                var count = (int)Math.Min(margin * k * p.size(0), p.numel());
                var values = TensorData.ToArray(p.detach().relu().flatten().topk(count, 0, true, false).values);
                largest.AddRange(values);
                if (count < p.numel())
                    missed = Math.Max(missed, values.Min());
            }
            largest.Sort();
            var place = largest.Count - 1 - k * columns;
            var threshold = place < 0 ? 0 : largest[(int)place];
            if (missed <= threshold)
                return threshold;
        }
    }
}
