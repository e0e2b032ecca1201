namespace SaeDashboard.Sae.Features;

/// <summary>What <see cref="StatisticsAccumulator"/> counted, an entry a feature.</summary>
internal sealed class StatisticsTable(int features, int histogramBins)
{
    public long ColumnsMeasured { get; init; }
    public int ClipsMeasured { get; init; }

    /// <summary>False when activations outgrew the budget and percentiles come from samples.</summary>
    public bool Exact { get; init; }

    public long[] Positives { get; } = new long[features];
    public float[] ColumnDensity { get; } = new float[features];

    /// <summary>Clips whose maximum exceeds 10 % of p99.</summary>
    public float[] ClipDensity { get; } = new float[features];

    /// <summary>Clips whose maximum exceeds 0.</summary>
    public float[] ClipDensityAny { get; } = new float[features];
    public float[] Percentile99 { get; } = new float[features];
    public bool[] Thin { get; } = new bool[features];
    public float[] Maximum { get; } = new float[features];
    public float[] Mean { get; } = new float[features];
    public float[] Variance { get; } = new float[features];
    public float[] Skewness { get; } = new float[features];
    public float[] Kurtosis { get; } = new float[features];
    public bool[] Kept { get; } = new bool[features];
    public bool[] KeptAny { get; } = new bool[features];

    /// <summary><c>[F, bins]</c>, row by feature.</summary>
    public int[] Histogram { get; } = new int[features * histogramBins];
}
