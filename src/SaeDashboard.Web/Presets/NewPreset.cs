namespace SaeDashboard.Web.Presets;

/// <summary>What “Save as preset” asks for.</summary>
/// <param name="TakeId">The take.</param>
/// <param name="Name">What to call the preset.</param>
/// <param name="Description">What it does.</param>
public sealed record NewPreset(string TakeId, string Name, string? Description);
