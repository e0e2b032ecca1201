namespace SaeDashboard.Core.Presets;

/// <summary>Which model made a preset's codes. The codec's hash alone decides whether the codes can be played.</summary>
/// <param name="Name">The folder's name, for people.</param>
/// <param name="WeightsHash">SHA-256 of all weights.</param>
/// <param name="CodecHash">SHA-256 of the codec's tensors.</param>
/// <param name="FrameRate">Frames a second, Hz.</param>
public sealed record PresetModel(string Name, string WeightsHash, string CodecHash, double FrameRate);
