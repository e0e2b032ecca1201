using SaeDashboard.Sae.Features;

namespace SaeDashboard.Sae.Evaluation;

/// <summary>What every feature does on the measured split, columns 4..F; each array <c>[F]</c>.</summary>
public sealed class FeatureFigures
{
    internal FeatureFigures(StatisticsTable table) => (Positives, ColumnDensity, ClipDensity, Percentile99, Kept) =
        (table.Positives, table.ColumnDensity, table.ClipDensity, table.Percentile99, table.Kept);

    /// <summary>Columns in which the feature fires.</summary>
    public IReadOnlyList<long> Positives { get; }

    /// <summary>Share of the columns in which it fires.</summary>
    public float[] ColumnDensity { get; }

    /// <summary>Share of the clips in which it passes a tenth of its p99.</summary>
    public float[] ClipDensity { get; }

    /// <summary>99th percentile of its positive activations (their maximum with fewer than 50), in units of the latent.</summary>
    public float[] Percentile99 { get; }

    /// <summary>Whether the filter keeps it (default threshold).</summary>
    public IReadOnlyList<bool> Kept { get; }

    /// <summary>Whether the feature fires at all.</summary>
    public bool IsAlive(int feature) => Positives[feature] > 0;
}
