using SaeDashboard.Core.Saes;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training;

/// <summary>
/// What takes a step, whatever the architecture. The loop, Adam's formula, clipping, checkpoints, the measures and what is reported are the
/// same for all.
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
    /// Takes a step: latents, error, gradients, Adam; counts who was active and sets <see cref="TrainingState.GradientNorm"/>, the norm over
    /// all gradients before clipping. The part of a decoder row's gradient along the row itself, which its fixed norm forbids, is taken out
    /// first. Where the forward pass finds what is not finite, no weight is changed and the norm is not a number.
    /// </summary>
    /// <param name="state">The weights, moments and counters; <see cref="TrainingState.Step"/> is the caller's to raise.</param>
    /// <param name="batch">Scaled inputs [batch, d], which may be overwritten.</param>
    /// <param name="learningRate">Adam's step size.</param>
    /// <returns>What the forward pass found.</returns>
    StepOutcome Step(TrainingState state, Tensor batch, double learningRate);

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
