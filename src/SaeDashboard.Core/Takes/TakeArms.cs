namespace SaeDashboard.Core.Takes;

/// <summary>The arms of a take: rows of one batch that share the sampling noise.</summary>
public static class TakeArms
{
    /// <summary>As the model would have it.</summary>
    public const string Baseline = "A";

    /// <summary>With the features turned.</summary>
    public const string Steered = "C";
}
