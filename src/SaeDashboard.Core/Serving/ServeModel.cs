namespace SaeDashboard.Core.Serving;

/// <summary>The model that the music worker holds.</summary>
/// <param name="Path">Its folder.</param>
/// <param name="Name">The folder's name.</param>
/// <param name="WeightsHash">SHA-256 of the weights.</param>
/// <param name="CodecHash">SHA-256 of the codec: codes sound the same wherever it is equal.</param>
/// <param name="SampleRate">Hz.</param>
/// <param name="FrameRate">Codec frames a second.</param>
/// <param name="Codebooks">Codes a frame.</param>
/// <param name="MaxFrames">The longest piece, in frames.</param>
public sealed record ServeModel(string Path, string Name, string WeightsHash, string CodecHash, int SampleRate, double FrameRate, int Codebooks, int MaxFrames);
