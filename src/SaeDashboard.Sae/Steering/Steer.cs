namespace SaeDashboard.Sae.Steering;

/// <summary>One feature turned.</summary>
/// <param name="Feature">The latent's index j.</param>
/// <param name="Strength">α, in multiples of the feature's p99 (a factor in <see cref="SteerMode.Scale"/>).</param>
/// <param name="Mode">What is done to the latent.</param>
/// <param name="Columns">Where; every column unless given.</param>
public sealed record Steer(int Feature, double Strength, SteerMode Mode = SteerMode.Add, ColumnRange Columns = default);
