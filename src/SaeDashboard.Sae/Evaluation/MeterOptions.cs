namespace SaeDashboard.Sae.Evaluation;

/// <summary>What a <see cref="ReconstructionMeter"/> measures.</summary>
public sealed record MeterOptions
{
    /// <summary>First column measured.</summary>
    public int FirstColumn { get; init; } = 4;

    /// <summary>Columns a second (Hz).</summary>
    public double FrameRate { get; init; } = 50;

    /// <summary>Ranks of the PCA beside the SAE; those not below the width are left out.</summary>
    public IReadOnlyList<int> PcaRanks { get; init; } = [32, 64];

    /// <summary>Activations kept in memory for exact percentiles, 4 bytes each; beyond, they are sampled.</summary>
    public long ValueBudget { get; init; } = 128L << 20;

    /// <summary>Without another source for PCA: fit it on the split that is measured, which flatters it a little and costs no second pass.</summary>
    public bool PcaOfMeasuredSplit { get; init; }
}
