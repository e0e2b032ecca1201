namespace SaeDashboard.Core.Features;

/// <summary>What is known of one feature's activations. Moments are over the columns on which it is positive.</summary>
/// <param name="ColumnDensity">Share of the columns on which it fires.</param>
/// <param name="ClipDensity">Share of the clips in which it passes a tenth of its p99.</param>
/// <param name="ClipDensityAny">Share of the clips in which it fires at all.</param>
/// <param name="P99">99th percentile of its positive activations: the unit of steering strength.</param>
/// <param name="P99Thin">Whether too few positive activations made that percentile.</param>
/// <param name="Maximum">Its largest activation.</param>
/// <param name="Mean">Mean of the positive activations.</param>
/// <param name="Variance">Their variance.</param>
/// <param name="Skewness">Their skewness.</param>
/// <param name="Kurtosis">Their kurtosis.</param>
/// <param name="Positives">How many columns it fires on.</param>
/// <param name="Kept">Whether the filter keeps it.</param>
/// <param name="KeptAny">Whether the filter keeps it when any frame counts.</param>
/// <param name="Hue">0 … 23: the angle of its decoder direction in the plane of the first two principal components.</param>
/// <param name="DecoderNorm">‖d_j‖, the length of its direction per unit of activation.</param>
public readonly record struct FeatureStatistics(
    float ColumnDensity, float ClipDensity, float ClipDensityAny, float P99, bool P99Thin, float Maximum, float Mean, float Variance,
    float Skewness, float Kurtosis, long Positives, bool Kept, bool KeptAny, int Hue, float DecoderNorm);
