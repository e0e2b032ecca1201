using SaeDashboard.Core.Saes;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training;

/// <summary>
/// What computes a step, whatever the architecture. The loop, Adam, clipping, checkpoints, the measures and what is reported are the same for
/// all.
/// </summary>
internal interface ITrainingEngine : IDisposable
{
    /// <summary>Weights of 0, with all tensors of the architecture.</summary>
    TrainingState CreateState(int width);

    /// <summary>Sets what <see cref="TrainingState.Initialize"/> leaves open.</summary>
    /// <param name="state">The weights.</param>
    /// <param name="sample">Scaled inputs [n, d].</param>
    void Start(TrainingState state, Tensor sample);

    /// <summary>
    /// Writes the gradient of every tensor and counts who was active. The part of a decoder row's gradient along the row itself, which its
    /// fixed norm forbids, is taken out.
    /// </summary>
    /// <param name="state">The weights; their gradients and the counters are written.</param>
    /// <param name="batch">Scaled inputs [batch, d], which may be overwritten.</param>
    /// <returns>What the forward pass found and the norm over all gradients.</returns>
    (StepOutcome Outcome, double GradientNorm) Gradients(TrainingState state, Tensor batch);

    /// <summary>Runs the SAE over scaled inputs [n, d], which may be overwritten, as it is used once trained.</summary>
    /// <param name="state">The weights.</param>
    /// <param name="batch">The inputs.</param>
    /// <param name="active">[F]: the columns in which each latent is active are added; or null.</param>
    StepOutcome Measure(TrainingState state, Tensor batch, long[]? active);

    /// <summary>Settles, after the last step, what the published form needs beside the weights.</summary>
    /// <param name="state">The weights.</param>
    /// <param name="heldOut">Scaled inputs [n, d] that were not trained on; read more than once. A batch is valid until the next.</param>
    void Finish(TrainingState state, IEnumerable<Tensor> heldOut);

    /// <summary>The SAE in its published form, for scaled inputs.</summary>
    SparseAutoencoder Publish(TrainingState state, SaeMetadata metadata);
}
