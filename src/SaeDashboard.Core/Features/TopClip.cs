namespace SaeDashboard.Core.Features;

/// <summary>A clip in which a feature fires most strongly.</summary>
/// <param name="Row">The clip's row in the data set.</param>
/// <param name="Value">The feature's largest activation there.</param>
/// <param name="Column">The column of it: column c is frame c − 1.</param>
public readonly record struct TopClip(int Row, float Value, int Column);
