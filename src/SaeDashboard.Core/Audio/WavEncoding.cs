namespace SaeDashboard.Core.Audio;

/// <summary>How samples are kept in a WAV file.</summary>
public enum WavEncoding { Pcm16, Float32 }
