namespace SaeDashboard.Core.Serving;

/// <summary>What <c>POST /v1/decode</c> is asked.</summary>
/// <param name="Model">The model's folder.</param>
/// <param name="Codebooks">Codebooks of the codes.</param>
/// <param name="Codes">int16 little-endian, row by codebook, as base64 (<see cref="Data.CodeGrid.ToBase64"/>).</param>
public sealed record DecodeRequest(string Model, int Codebooks, string Codes);
