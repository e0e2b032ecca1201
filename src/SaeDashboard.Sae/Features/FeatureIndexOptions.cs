namespace SaeDashboard.Sae.Features;

/// <summary>Sizes of a feature index.</summary>
public sealed record FeatureIndexOptions
{
    /// <summary>First column that statistics and peaks use: before it not all codebooks are real.</summary>
    public int FirstColumn { get; init; } = 4;

    /// <summary>Top clips kept a feature, T.</summary>
    public int TopClips { get; init; } = 12;

    /// <summary>Bins of a feature's histogram, equal from 0 to its maximum.</summary>
    public int HistogramBins { get; init; } = 40;

    /// <summary>
    /// Activations kept in memory for exact percentiles, 4 bytes each (128 Mi: 4 M columns of a TopK SAE with k = 32). Beyond, every feature keeps a
    /// uniform sample of equal size, and <see cref="BuiltFeatureIndex.PercentilesExact"/> is false.
    /// </summary>
    public long ValueBudget { get; init; } = 128L << 20;
}
