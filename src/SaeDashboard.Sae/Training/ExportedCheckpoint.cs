namespace SaeDashboard.Sae.Training;

/// <summary>An SAE that was made of a checkpoint.</summary>
/// <param name="Folder">Where it is.</param>
/// <param name="WeightsHash">Its hash.</param>
/// <param name="Step">Steps that its weights were trained.</param>
/// <param name="HeldOut">On the clips the run held out; null: not measured.</param>
public sealed record ExportedCheckpoint(string Folder, string WeightsHash, long Step, HeldOutMeasure? HeldOut);
