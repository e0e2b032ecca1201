namespace SaeDashboard.Sae.Training;

/// <summary>What became of one of several SAEs.</summary>
/// <param name="Name">What it is called among them.</param>
/// <param name="Result">How it ended; null when it failed.</param>
/// <param name="Error">Why it failed, or null.</param>
public sealed record SaeJobResult(string Name, TrainResult? Result, string? Error);
