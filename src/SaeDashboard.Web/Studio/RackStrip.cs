namespace SaeDashboard.Web.Studio;

/// <summary>A feature in the rack.</summary>
/// <param name="Feature">Its index in the dictionary.</param>
/// <param name="Strength">Multiples of its p99, or a factor (scale).</param>
/// <param name="Mode">One of <see cref="RackModes"/>.</param>
/// <param name="Muted">Whether it is left out.</param>
/// <param name="Solo">Whether only it, and others so marked, are heard.</param>
public sealed record RackStrip(int Feature, double Strength, string Mode = RackModes.Add, bool Muted = false, bool Solo = false);
