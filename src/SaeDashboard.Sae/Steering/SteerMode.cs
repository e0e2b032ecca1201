namespace SaeDashboard.Sae.Steering;

/// <summary>What a steer does to its latent f_j; strength α, p99 the 99th percentile of the feature's positive activations.</summary>
public enum SteerMode
{
    /// <summary>Adds α·p99 (no encoder needed). Strength 0 changes nothing.</summary>
    Add,

    /// <summary>Sets f_j to α·p99, wherever it was. Gentler than adding where the feature is already on. Strength 0 switches it off.</summary>
    Clamp,

    /// <summary>Raises f_j to α·p99 where it is lower. Strength 0 changes nothing.</summary>
    AtLeast,

    /// <summary>Multiplies f_j by α. Strength 1 changes nothing.</summary>
    Scale,

    /// <summary>Sets f_j to 0; the strength is not used.</summary>
    Ablate,
}
