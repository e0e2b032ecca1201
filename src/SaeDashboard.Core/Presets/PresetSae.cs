namespace SaeDashboard.Core.Presets;

/// <summary>Which SAE a preset steers with: named by the hash of its weights, so that a renamed folder is still found.</summary>
/// <param name="Name">The folder's name, for people.</param>
/// <param name="WeightsHash">SHA-256 of the tensors in SAELens layout as float32, in order of their names.</param>
/// <param name="Hook">Where it reads and writes, for example <c>layers.4.resid_post</c>.</param>
public sealed record PresetSae(string Name, string WeightsHash, string Hook);
