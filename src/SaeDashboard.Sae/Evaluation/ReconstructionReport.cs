using System.Text.Json.Serialization;

namespace SaeDashboard.Sae.Evaluation;

/// <summary>
/// How well an exported SAE reconstructs a split it was not trained on; columns 4..F throughout, e = x̂ − x. A figure that is undefined
/// (no variance, nothing fires) is null.
/// </summary>
public sealed record ReconstructionReport
{
    /// <summary>The split measured, or several joined by commas.</summary>
    public required string Split { get; init; }

    /// <summary>Clips measured.</summary>
    public required int Clips { get; init; }

    /// <summary>Columns measured.</summary>
    public required long Columns { get; init; }

    /// <summary>First column measured: before it not all codebooks are real.</summary>
    public required int FirstColumn { get; init; }

    /// <summary>F, the dictionary's size.</summary>
    public required int Features { get; init; }

    /// <summary>1 − E‖e‖² / (E‖x‖² − ‖E x‖²).</summary>
    public required double? ExplainedVariance { get; init; }

    /// <summary>1 − E‖e‖² / E‖x − μ_column‖², μ_column the split's mean at that column: positions are cheap to explain, so they do not count.</summary>
    public required double? ExplainedVariancePerColumn { get; init; }

    /// <summary>The linear yardstick beside both: PCA fitted on another split.</summary>
    public required IReadOnlyList<PcaScore> Pca { get; init; }

    /// <summary>The split that PCA was fitted on, or null when none was given.</summary>
    public required string? PcaSplit { get; init; }

    /// <summary>E‖e‖².</summary>
    public required double SquaredError { get; init; }

    /// <summary>E‖x‖².</summary>
    public required double InputSquaredNorm { get; init; }

    /// <summary>Mean number of positive latents in a column.</summary>
    public required double L0 { get; init; }

    /// <summary>Share (0..1) of features that never fire on the split.</summary>
    public required double DeadFraction { get; init; }

    /// <summary>Share of features that fire at least once: 1 − dead.</summary>
    public required double AliveFraction { get; init; }

    /// <summary>Share of features that fire in more than 10 % of the columns.</summary>
    public required double DenseFraction { get; init; }

    /// <summary>Mean over columns of cos(x, x̂).</summary>
    public required double? CosineMean { get; init; }

    /// <summary>Mean over columns of ‖x̂‖ / ‖x‖: below 1 the SAE shrinks.</summary>
    public required double? Shrinkage { get; init; }

    /// <summary>E‖x̂‖² / E[x·x̂]: 1 where the reconstruction is unbiased.</summary>
    public required double? RelativeReconstructionBias { get; init; }

    /// <summary>Features kept by the filter with a threshold of 10 % of p99, on this split.</summary>
    public required int KeptDefault { get; init; }

    /// <summary>Features kept by the filter with threshold 0, as in the paper, on this split.</summary>
    public required int KeptAnyFrame { get; init; }

    /// <summary>Clips long enough to count for the filter.</summary>
    public required int ClipsForFilter { get; init; }

    /// <summary>False when the split was so large that the filter's p99 comes from samples.</summary>
    public required bool PercentilesExact { get; init; }

    /// <summary>The same feature by feature; not part of the JSON.</summary>
    [JsonIgnore]
    public FeatureFigures PerFeature { get; internal init; } = null!;
}
