namespace SaeDashboard.Web.Features;

/// <summary>A clip's sound as it lies in the cache.</summary>
/// <param name="Path">The WAV file.</param>
/// <param name="Key">Names the sound: another sound has another key.</param>
public sealed record ClipSound(string Path, string Key);
