namespace SaeDashboard.MusicGen.Decoding;

/// <summary>A tensor of a checkpoint as a part of a <see cref="LinearWeight"/>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Outputs">Its rows.</param>
/// <param name="Scale">What its numbers are multiplied by.</param>
internal readonly record struct WeightPart(string Name, long Outputs, float Scale = 1);
