namespace SaeDashboard.Sae.Activations;

/// <summary>Consecutive columns of one clip.</summary>
/// <param name="Clip">The clip's number in its source.</param>
/// <param name="First">The first column, counted from 0 within what is kept of the clip.</param>
/// <param name="Count">How many.</param>
public readonly record struct ColumnRange(int Clip, int First, int Count);
