namespace SaeDashboard.Sae.Training;

/// <summary>What one forward pass over a batch found. Sums are over the batch's columns, in the scaled space.</summary>
internal readonly record struct StepOutcome
{
    public required int Columns { get; init; }

    /// <summary>Σ‖x − x̂‖².</summary>
    public required double SquaredError { get; init; }

    /// <summary>Σ‖x − x̄‖², x̄ the batch's mean.</summary>
    public required double Variance { get; init; }

    /// <summary>Active latents, all columns together.</summary>
    public required long Active { get; init; }

    /// <summary>The loss of the dead latents before its coefficient; 0 when none is dead.</summary>
    public double AuxLoss { get; init; }

    /// <summary>
    /// What the loss has beside <see cref="ReconstructionLoss"/> and that of the dead latents: a penalty, prefixes, a gate's reconstruction.
    /// </summary>
    public double ExtraLoss { get; init; }

    /// <summary>Latents that were dead before this batch.</summary>
    public int Dead { get; init; }

    /// <summary>Whether all that the loss consists of is a finite number.</summary>
    public bool IsFinite => double.IsFinite(SquaredError) && double.IsFinite(AuxLoss + ExtraLoss);

    /// <summary>Σ_d e², averaged over the columns.</summary>
    public double ReconstructionLoss => SquaredError / Columns;

    /// <summary>1 − Σ‖e‖² / Σ‖x − x̄‖².</summary>
    public double ExplainedVariance => 1 - SquaredError / Variance;

    public double L0 => (double)Active / Columns;
}
