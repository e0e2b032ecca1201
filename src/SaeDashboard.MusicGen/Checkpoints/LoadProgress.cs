namespace SaeDashboard.MusicGen.Checkpoints;

/// <summary>How far loading has come.</summary>
/// <param name="Part">What is being read now, for a person.</param>
/// <param name="Done">Bytes of the checkpoint read.</param>
/// <param name="Total">Its bytes; what no part asks for counts as read at the end.</param>
public readonly record struct LoadProgress(string Part, long Done, long Total);
