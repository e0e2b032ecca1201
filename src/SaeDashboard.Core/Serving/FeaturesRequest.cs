namespace SaeDashboard.Core.Serving;

/// <summary>What <c>POST /v1/features</c> is asked.</summary>
/// <param name="Model">The model's folder.</param>
/// <param name="Sae">The SAE's folder, with its feature index.</param>
/// <param name="Codebooks">Codebooks of the codes.</param>
/// <param name="Codes">As in <see cref="DecodeRequest"/>.</param>
/// <param name="Top">How many features at most.</param>
/// <param name="Features">Only these, when given.</param>
public sealed record FeaturesRequest(string Model, string Sae, int Codebooks, string Codes, int Top = 20, IReadOnlyList<int>? Features = null);
