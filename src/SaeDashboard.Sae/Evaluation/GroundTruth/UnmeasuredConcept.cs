namespace SaeDashboard.Sae.Evaluation.GroundTruth;

/// <summary>A concept that is not measured at a level.</summary>
/// <param name="Concept">Its name.</param>
/// <param name="Level">Where it is not measured.</param>
/// <param name="PositiveClips">Positive clips of the scored split (by seconds and frames: clips that carry it anywhere).</param>
/// <param name="Reason">Why.</param>
public sealed record UnmeasuredConcept(string Concept, TruthLevel Level, int PositiveClips, string Reason);
