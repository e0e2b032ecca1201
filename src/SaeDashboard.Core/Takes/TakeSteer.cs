namespace SaeDashboard.Core.Takes;

/// <summary>One turned feature of a take.</summary>
/// <param name="Feature">Its index in the dictionary.</param>
/// <param name="Strength">How far, in multiples of <paramref name="P99"/>.</param>
/// <param name="Mode">add, clamp, scale or ablate.</param>
/// <param name="P99">The feature's 99th percentile of positive activations, the unit of strength.</param>
public sealed record TakeSteer(int Feature, double Strength, string Mode, double P99);
