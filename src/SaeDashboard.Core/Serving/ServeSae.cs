namespace SaeDashboard.Core.Serving;

/// <summary>An SAE that the worker holds.</summary>
/// <param name="Path">Its folder.</param>
/// <param name="WeightsHash">SHA-256 of the weights.</param>
/// <param name="Layer">The layer it reads after.</param>
/// <param name="Latents">Its features.</param>
public sealed record ServeSae(string Path, string WeightsHash, int Layer, int Latents);
