namespace SaeDashboard.Storage;

/// <summary>A feature, named so that what people write outlives a renamed or re-imported folder.</summary>
/// <param name="SaeHash">SHA-256 of the SAE's weights, hex.</param>
/// <param name="Feature">Index in the dictionary.</param>
public readonly record struct FeatureKey(string SaeHash, int Feature);
