namespace SaeDashboard.MusicGen.Checkpoints;

/// <summary>How far loading has come.</summary>
/// <param name="Part">What is being read now, for a person.</param>
/// <param name="Done">Parts finished.</param>
/// <param name="Total">Parts in all.</param>
public readonly record struct LoadProgress(string Part, int Done, int Total);
