using SaeDashboard.Core.Saes;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training.Architectures;

/// <summary>
/// What distinguishes one kind of SAE from another: tensors, forward pass and loss, the form it is used and published in. x, f, p and e are
/// over the scaled space, E‖x‖² = 1; gradients are libtorch's, through what is recorded here.
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
        _ => throw new ArgumentException($"Nothing trains {config.Architecture}.", nameof(config)),
    };

    /// <summary>Tensors [F], of 0, that it has beside encoder, decoder and their biases.</summary>
    /// <param name="latents">F.</param>
    /// <param name="device">Where they are made, as <see cref="TrainedTensor"/> takes it.</param>
    public virtual IReadOnlyList<TrainedTensor> ExtraTensors(int latents, Device? device = null) => [];

    /// <summary>Sets those tensors, from scaled inputs [n, d].</summary>
    public virtual void Start(SaeWeights weights, Tensor sample)
    {
    }

    /// <summary>Latents, error and loss of scaled inputs [B, d].</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="x">The inputs.</param>
    /// <param name="sparsity">The sparsity term's weight at this step.</param>
    public abstract ArchitecturePass Forward(SaeWeights weights, Tensor x, double sparsity);

    /// <summary>f [n, F] of scaled inputs [n, d] as the published form computes it: each column by itself.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="x">The inputs.</param>
    /// <param name="threshold">What a latent must exceed where training selects over whole batches.</param>
    public abstract Tensor Encode(SaeWeights weights, Tensor x, double threshold);

    /// <summary>How many latents a column has on average when the threshold is right; null where no such threshold is needed.</summary>
    public virtual int? MeanActive => null;

    /// <summary>Sets the threshold of <see cref="Encode"/>, where there is one, so that inputs that were not trained on have k latents on average.</summary>
    public void Settle(TrainingState state, IEnumerable<Tensor> heldOut)
    {
        if (MeanActive is not { } k)
            return;
        using var noGradient = no_grad();
        var weights = SaeWeights.Of(state);
        state.Threshold.Fix(BatchSelection.Threshold(heldOut.Select(PreActivations), k));

        Tensor PreActivations(Tensor x)
        {
            // On a device memory is short: nothing is left to the garbage collector.
            using var scope = NewDisposeScope();
            return weights.PreActivations(x.to(weights.Decoder.device)).MoveToOuterDisposeScope();
        }
    }

    /// <summary>The SAE for scaled inputs, in SAELens's form.</summary>
    public abstract SparseAutoencoder Publish(SaeWeights weights, SaeMetadata metadata, double threshold);

    /// <summary>An SAE with these tensors beside the three that every one has.</summary>
    protected static SparseAutoencoder Make(
        SaeArchitecture architecture, SaeWeights weights, SaeMetadata metadata, int k, params (string Name, Tensor Value)[] tensors)
    {
        var config = new SaeConfig { Architecture = architecture, DIn = weights.Width, DSae = weights.Latents, K = k, Metadata = metadata };
        var all = tensors.ToDictionary(tensor => tensor.Name, tensor => tensor.Value.clone());
        // Copied, not contiguous(): of a single latent the transposed weights are contiguous already, and would be those that training goes on with.
        all["W_enc"] = empty([weights.Width, weights.Latents], weights.Encoder.dtype).copy_(weights.Encoder.t());
        all["W_dec"] = weights.Decoder.clone();
        all["b_dec"] = weights.DecoderBias.clone();
        return new SparseAutoencoder(config, all);
    }
}
