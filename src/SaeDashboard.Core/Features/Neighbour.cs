namespace SaeDashboard.Core.Features;

/// <summary>A feature whose decoder direction lies near another's.</summary>
/// <param name="Feature">Which.</param>
/// <param name="Cosine">Cosine of the two directions.</param>
public readonly record struct Neighbour(int Feature, float Cosine);
