namespace SaeDashboard.Sae.Activations;

/// <summary>A clip whose activations are kept.</summary>
/// <param name="Row">The clip's row in the data set.</param>
/// <param name="Id">The clip's id in the data set.</param>
/// <param name="Split">The split it belongs to.</param>
public sealed record ActivationClip(int Row, string Id, string Split);
