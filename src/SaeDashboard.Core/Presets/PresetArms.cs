namespace SaeDashboard.Core.Presets;

/// <summary>The arms that every preset carries.</summary>
public static class PresetArms
{
    /// <summary>As the model would have it; arm A of a take.</summary>
    public const string Baseline = "baseline";

    /// <summary>With the features turned; arm C of a take.</summary>
    public const string Steered = "steered";
}
