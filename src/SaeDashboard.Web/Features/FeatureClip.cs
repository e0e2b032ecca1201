using SaeDashboard.Core.Audio;

namespace SaeDashboard.Web.Features;

/// <summary>What it takes to draw a clip with a feature's activation inked onto it.</summary>
/// <param name="Row">The clip's row in the dataset.</param>
/// <param name="Caption">What it is; null where the dataset is missing.</param>
/// <param name="Split">sae-train, select or test.</param>
/// <param name="Duration">Seconds.</param>
/// <param name="FrameRate">Codec frames a second.</param>
/// <param name="Value">The feature's largest activation in it.</param>
/// <param name="Column">The column of it.</param>
/// <param name="Seconds">When that is: the beginning of its frame, column − 1.</param>
/// <param name="Frames">Frames on which the feature fires, ascending: frame f sounds at f / FrameRate.</param>
/// <param name="Values">Its activation there over <see cref="Value"/>, 0 … 1.</param>
/// <param name="Sound">Address of the WAV file; null where the dataset is missing.</param>
/// <param name="PeaksAddress">Address of the waveform's peaks.</param>
/// <param name="Peaks">The peaks themselves when they need no decoding; null: ask for them.</param>
internal sealed record FeatureClip(
    int Row, string? Caption, string? Split, double Duration, double FrameRate, double Value, int Column, double Seconds,
    IReadOnlyList<int> Frames, IReadOnlyList<double> Values, string? Sound, string? PeaksAddress, Peaks? Peaks);
