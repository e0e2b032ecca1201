namespace SaeDashboard.Worker.Serving;

/// <summary>The SAE that a take is steered with.</summary>
/// <param name="WeightsHash">SHA-256 of the weights.</param>
/// <param name="Hook">Where it acts, "layers.4.resid_post".</param>
internal sealed record ServeSaeSite(string WeightsHash, string Hook);
