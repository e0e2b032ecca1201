namespace SaeDashboard.Core.Presets;

/// <summary>The codes of one arm.</summary>
/// <param name="Codebooks">Rows.</param>
/// <param name="Frames">Columns.</param>
/// <param name="Base64">int16 little-endian, codebook by codebook.</param>
public sealed record PresetCodes(int Codebooks, int Frames, string Base64);
