namespace SaeDashboard.Sae.Activations;

/// <summary>One file of an activation folder.</summary>
/// <param name="File">Its name within the folder.</param>
/// <param name="Clips">How many clips it holds.</param>
/// <param name="ByteLength">Its length.</param>
/// <param name="Sha256">SHA-256 of its bytes, lower-case hexadecimal.</param>
public sealed record ActivationShard(string File, int Clips, long ByteLength, string Sha256);
