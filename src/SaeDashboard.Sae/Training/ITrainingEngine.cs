using SaeDashboard.Core.Saes;
using SaeDashboard.Sae.Training.Sparse;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training;

/// <summary>
/// Computes training steps for any architecture. The loop, Adam's formula, clipping, checkpoints, evaluation and reports are shared by all
/// engines.
/// </summary>
internal interface ITrainingEngine : IDisposable
{
    /// <summary>Zero weights, with all tensors of the architecture.</summary>
    TrainingState CreateState(int width);

    /// <summary>Sets an architecture's thresholds, after <see cref="TrainingState.Initialize"/>.</summary>
    /// <param name="state">The weights.</param>
    /// <param name="sample">Scaled inputs [n, d].</param>
    void InitializeThresholds(TrainingState state, Tensor sample);

    /// <summary>
    /// Takes a step: latents, error, gradients, Adam. Counts activations and sets <see cref="TrainingState.GradientNorm"/>, the norm over
    /// all gradients before clipping and after the decoder gradient's component along its row is removed (rows keep norm 1). If the forward
    /// pass finds values that are not finite, no weight is changed and the norm is NaN.
    /// </summary>
    /// <param name="state">The weights, moments and counters; the caller increments <see cref="TrainingState.Step"/>.</param>
    /// <param name="batch">Scaled inputs [batch, d], which may be overwritten.</param>
    /// <param name="learningRate">Adam's step size.</param>
    /// <returns>The forward pass's figures.</returns>
    StepOutcome Step(TrainingState state, Tensor batch, double learningRate);

    /// <summary>Evaluates scaled inputs [n, d], which may be overwritten, as the exported SAE would.</summary>
    /// <param name="state">The weights.</param>
    /// <param name="batch">The inputs.</param>
    /// <param name="active">[F]: incremented by the number of columns in which each latent is active; or null.</param>
    StepOutcome Measure(TrainingState state, Tensor batch, long[]? active);

    /// <summary>Sets the threshold that the exported SAE needs, after the last step.</summary>
    /// <param name="state">The weights.</param>
    /// <param name="heldOut">Scaled held-out inputs [n, d], enumerated more than once. A batch is valid until the next.</param>
    void CalibrateThreshold(TrainingState state, IEnumerable<Tensor> heldOut);

    /// <summary>The SAE for scaled inputs, as it is exported.</summary>
    SparseAutoencoder Export(TrainingState state, SaeMetadata metadata);
}

/// <summary>Creates the engine for a run's settings.</summary>
internal static class TrainingEngines
{
    /// <param name="config">The settings.</param>
    /// <param name="width">Width of the columns.</param>
    /// <param name="team">The threads.</param>
    /// <param name="device">Computes the steps; null: the CPU. Tests pass the CPU explicitly to cover a GPU's code.</param>
    public static ITrainingEngine Of(TrainConfig config, int width, WorkerTeam team, Device? device = null) =>
        config.ChosenEngine(IsGpu(device)) == TrainEngine.Sparse ? new SparseEngine(config, width, team) : new AutogradEngine(config, team, device);

    public static bool IsGpu(Device? device) => device is { type: not TorchSharp.DeviceType.CPU };
}

/// <summary>The figures of one forward pass. Sums are over the batch's columns, in the scaled space.</summary>
internal readonly record struct StepOutcome
{
    public required int Columns { get; init; }

    /// <summary>Σ‖x − x̂‖².</summary>
    public required double SquaredError { get; init; }

    /// <summary>Σ‖x − x̄‖², x̄ the batch's mean.</summary>
    public required double Variance { get; init; }

    /// <summary>Active latents, summed over the columns.</summary>
    public required long Active { get; init; }

    /// <summary>AuxK's loss before its coefficient; 0 without dead latents.</summary>
    public double AuxLoss { get; init; }

    /// <summary>All other terms of the loss: a sparsity penalty, prefixes, a gate's reconstruction.</summary>
    public double ExtraLoss { get; init; }

    /// <summary>Latents that were dead before this batch.</summary>
    public int Dead { get; init; }

    /// <summary>Whether all terms of the loss are finite.</summary>
    public bool IsFinite => double.IsFinite(SquaredError) && double.IsFinite(AuxLoss + ExtraLoss);

    /// <summary>Σ_d e², averaged over the columns.</summary>
    public double ReconstructionLoss => SquaredError / Columns;

    /// <summary>1 − Σ‖e‖² / Σ‖x − x̄‖².</summary>
    public double ExplainedVariance => 1 - SquaredError / Variance;

    public double L0 => (double)Active / Columns;
}
