namespace SaeDashboard.Core.Saes;

/// <summary>The architectures' names: SAELens's where it has one.</summary>
public static class SaeArchitectures
{
    /// <summary>"topk", "standard", "jumprelu", "gated" or "groupmax".</summary>
    public static string Name(this SaeArchitecture architecture) => architecture.ToString().ToLowerInvariant();

    /// <summary>Whether a column has a fixed number k of latents that may be active.</summary>
    public static bool HasK(this SaeArchitecture architecture) => architecture is SaeArchitecture.TopK or SaeArchitecture.GroupMax;
}
