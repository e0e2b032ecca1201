namespace SaeDashboard.Sae.Features;

/// <summary>
/// The filter of arXiv 2505.18186: a feature is kept when it fires in 1 % to 25 % of the held-out clips. A clip counts when the feature's
/// maximum in it exceeds a threshold: 0 as in the paper, or 10 % of the feature's p99, which sparse bursts do not pass.
/// </summary>
public static class FeatureFilter
{
    /// <summary>Lowest rate of clips kept.</summary>
    public const double LowestRate = 0.01;

    /// <summary>Highest rate of clips kept.</summary>
    public const double HighestRate = 0.25;

    /// <summary>The default threshold's share of p99.</summary>
    public const double ThresholdShare = 0.1;

    /// <summary>With fewer positive activations p99 is the maximum, and the feature is flagged thin.</summary>
    public const int ThinBelow = 50;

    /// <summary>The default threshold of a feature, in units of its activation.</summary>
    public static double Threshold(float percentile99) => ThresholdShare * percentile99;

    /// <summary>Whether a feature that fires in <paramref name="rate"/> (0..1) of the clips is kept.</summary>
    public static bool Keeps(double rate) => rate is >= LowestRate and <= HighestRate;
}
