namespace SaeDashboard.Sae.Features;

/// <summary>One of a feature's strongest clips.</summary>
/// <param name="Row">The clip's row in the data set.</param>
/// <param name="Value">The feature's maximum over columns 4..F.</param>
/// <param name="Column">The first column that has it.</param>
/// <param name="StripColumns">Ascending columns (1..F) at which the feature fires.</param>
/// <param name="StripValues">The activations there.</param>
internal sealed record TopClipCandidate(int Row, float Value, int Column, int[] StripColumns, float[] StripValues);
