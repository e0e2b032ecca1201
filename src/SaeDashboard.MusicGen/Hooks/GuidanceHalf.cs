namespace SaeDashboard.MusicGen.Hooks;

/// <summary>The two passes of classifier-free guidance.</summary>
public enum GuidanceHalf
{
    /// <summary>With the prompt.</summary>
    Conditional,

    /// <summary>With the null condition.</summary>
    Unconditional,
}
