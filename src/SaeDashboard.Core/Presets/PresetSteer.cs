namespace SaeDashboard.Core.Presets;

/// <summary>One turned feature.</summary>
/// <param name="Feature">Its index in the dictionary.</param>
/// <param name="Strength">How far, in multiples of the feature's p99 (of 1 for scaling).</param>
/// <param name="Mode">add, clamp, scale or ablate.</param>
/// <param name="P99">The p99 the strength is a multiple of, so that the preset means the same after the index is rebuilt.</param>
public sealed record PresetSteer(int Feature, double Strength, string Mode, double P99);
