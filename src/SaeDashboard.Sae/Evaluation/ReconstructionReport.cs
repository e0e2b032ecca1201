using System.Text.Json.Serialization;
using SaeDashboard.Core.Features;
using SaeDashboard.Sae.Features;

namespace SaeDashboard.Sae.Evaluation;

/// <summary>
/// How well an exported SAE reconstructs a split it was not trained on, over columns 4..F, e = x̂ − x. Undefined figures (no variance, no
/// active latents) are null.
/// </summary>
public sealed record ReconstructionReport
{
    /// <summary>The split measured, or several joined by commas.</summary>
    public required string Split { get; init; }

    /// <summary>Clips measured.</summary>
    public required int Clips { get; init; }

    /// <summary>Columns measured.</summary>
    public required long Columns { get; init; }

    /// <summary>First column measured: before it some codebooks hold no real codes.</summary>
    public required int FirstColumn { get; init; }

    /// <summary>F, the dictionary's size.</summary>
    public required int Features { get; init; }

    /// <summary>1 − E‖e‖² / (E‖x‖² − ‖E x‖²).</summary>
    public required double? ExplainedVariance { get; init; }

    /// <summary>1 − E‖e‖² / E‖x − μ_column‖², μ_column the split's mean at that column: the position alone explains nothing here.</summary>
    public required double? ExplainedVariancePerColumn { get; init; }

    /// <summary>The linear baseline of both: PCA fitted on another split.</summary>
    public required IReadOnlyList<PcaScore> Pca { get; init; }

    /// <summary>The split that PCA was fitted on, or null.</summary>
    public required string? PcaSplit { get; init; }

    /// <summary>E‖e‖².</summary>
    public required double SquaredError { get; init; }

    /// <summary>E‖x‖².</summary>
    public required double InputSquaredNorm { get; init; }

    /// <summary>Mean number of positive latents per column.</summary>
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

    /// <summary>E‖x̂‖² / E[x·x̂]: 1 if the reconstruction is unbiased.</summary>
    public required double? RelativeReconstructionBias { get; init; }

    /// <summary>Features kept by the filter with a threshold of 10 % of p99, on this split.</summary>
    public required int KeptDefault { get; init; }

    /// <summary>Features kept by the filter with threshold 0, as in the paper, on this split.</summary>
    public required int KeptAnyFrame { get; init; }

    /// <summary>Clips long enough to count for the filter.</summary>
    public required int ClipsForFilter { get; init; }

    /// <summary>False if the split was too large and the filter's p99 comes from samples.</summary>
    public required bool PercentilesExact { get; init; }

    /// <summary>Figures of single features; not part of the JSON.</summary>
    [JsonIgnore]
    public FeatureFigures PerFeature { get; internal init; } = null!;

    /// <summary>What <see cref="Pca"/> was measured with; null: nothing. Not part of the JSON.</summary>
    [JsonIgnore]
    public PrincipalComponents? Components { get; internal init; }

    /// <summary>The rank of PCA with as many directions as an SAE of this L0 has active in a column; below the width, where PCA would be exact.</summary>
    /// <param name="l0">Latents active in a column, on average.</param>
    /// <param name="width">Width d, at least 2.</param>
    public static int MatchingRank(double l0, int width) => Math.Clamp((int)Math.Round(l0), 1, Math.Max(1, width - 1));
}

/// <summary>Figures of every feature on the measured split, columns 4..F; each array <c>[F]</c>.</summary>
public sealed class FeatureFigures
{
    internal FeatureFigures(StatisticsTable table) => (Positives, ColumnDensity, ClipDensity, Percentile99, Kept) =
        (table.Positives, table.ColumnDensity, table.ClipDensity, table.Percentile99, table.Kept);

    private FeatureFigures(FeatureIndexData data) => (Positives, ColumnDensity, ClipDensity, Percentile99, Kept) =
        (data.Positives, data.ColumnDensity, data.ClipDensity, data.P99, [.. data.Kept.Select(kept => kept != 0)]);

    /// <summary>The figures of an index.</summary>
    public static FeatureFigures Of(FeatureIndexData data) => new(data);

    /// <summary>Columns in which the feature fires.</summary>
    public IReadOnlyList<long> Positives { get; }

    /// <summary>Share of the columns in which it fires.</summary>
    public float[] ColumnDensity { get; }

    /// <summary>Share of the clips in which it exceeds a tenth of its p99.</summary>
    public float[] ClipDensity { get; }

    /// <summary>99th percentile of its positive activations (their maximum with fewer than 50), in units of the latent.</summary>
    public float[] Percentile99 { get; }

    /// <summary>Whether the filter keeps it, with the default threshold.</summary>
    public IReadOnlyList<bool> Kept { get; }

    /// <summary>Whether the feature fires at all.</summary>
    public bool IsAlive(int feature) => Positives[feature] > 0;
}

/// <summary>The variance that PCA of one rank explains on the measured split.</summary>
/// <param name="Rank">Components kept.</param>
/// <param name="ExplainedVariance">1 − E‖e‖² / (E‖x‖² − ‖E x‖²).</param>
/// <param name="ExplainedVariancePerColumn">1 − E‖e‖² / E‖x − μ_column‖².</param>
public sealed record PcaScore(int Rank, double ExplainedVariance, double ExplainedVariancePerColumn);
