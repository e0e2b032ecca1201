namespace SaeDashboard.Core.Features;

/// <summary>
/// Everything a feature index holds, as plain arrays: F features, T top clips a feature, N neighbours a feature, row-major.
/// <see cref="FeatureStatistics"/> says what the statistics mean.
/// </summary>
public sealed class FeatureIndexData
{
    /// <summary><c>[F]</c></summary>
    public required float[] ColumnDensity { get; init; }

    /// <summary><c>[F]</c></summary>
    public required float[] ClipDensity { get; init; }

    /// <summary><c>[F]</c></summary>
    public required float[] ClipDensityAny { get; init; }

    /// <summary><c>[F]</c></summary>
    public required float[] P99 { get; init; }

    /// <summary><c>[F]</c>, 0 or 1</summary>
    public required byte[] P99Thin { get; init; }

    /// <summary><c>[F]</c></summary>
    public required float[] Maximum { get; init; }

    /// <summary><c>[F]</c></summary>
    public required float[] Mean { get; init; }

    /// <summary><c>[F]</c></summary>
    public required float[] Variance { get; init; }

    /// <summary><c>[F]</c></summary>
    public required float[] Skewness { get; init; }

    /// <summary><c>[F]</c></summary>
    public required float[] Kurtosis { get; init; }

    /// <summary><c>[F]</c></summary>
    public required long[] Positives { get; init; }

    /// <summary><c>[F]</c>, 0 or 1</summary>
    public required byte[] Kept { get; init; }

    /// <summary><c>[F]</c>, 0 or 1</summary>
    public required byte[] KeptAny { get; init; }

    /// <summary><c>[F]</c>, 0 … 23</summary>
    public required byte[] Hue { get; init; }

    /// <summary><c>[F]</c></summary>
    public required float[] DecoderNorm { get; init; }

    /// <summary><c>[F, bins]</c>: counts over 0 … maximum, linear</summary>
    public required int[] Histogram { get; init; }

    /// <summary><c>[F, N]</c>, nearest first; −1: none</summary>
    public required int[] Neighbour { get; init; }

    /// <summary><c>[F, N]</c></summary>
    public required float[] NeighbourCosine { get; init; }

    /// <summary><c>[F, T]</c>: rows of the data set, strongest first; −1: none</summary>
    public required int[] TopClip { get; init; }

    /// <summary><c>[F, T]</c></summary>
    public required float[] TopValue { get; init; }

    /// <summary><c>[F, T]</c></summary>
    public required int[] TopColumn { get; init; }

    /// <summary><c>[F · T + 1]</c>: <see cref="StripEncoder.Starts"/></summary>
    public required long[] StripStart { get; init; }

    /// <summary><see cref="StripEncoder.Columns"/></summary>
    public required byte[] StripColumn { get; init; }

    /// <summary><see cref="StripEncoder.Values"/></summary>
    public required byte[] StripValue { get; init; }
}
