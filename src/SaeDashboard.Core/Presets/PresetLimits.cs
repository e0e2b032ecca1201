namespace SaeDashboard.Core.Presets;

/// <summary>What a preset may hold. Wide enough for whatever the studio makes, narrow enough that a stranger's file cannot hurt.</summary>
public static class PresetLimits
{
    /// <summary>Of the whole file: both arms of ten minutes, of a stereo model too.</summary>
    public const int MaxBytes = 2 * 1024 * 1024;

    public const int MaxName = PersonText.MaxName;
    public const int MaxDescription = 4000;
    public const int MaxPrompt = 4000;

    /// <summary>Ten minutes at 50 frames a second.</summary>
    public const int MaxFrames = 30_000;

    /// <summary>Pieces that are made at once.</summary>
    public const int MaxBatch = 64;

    public const int MaxSteers = 64;

    /// <summary>In multiples of p99, either way. The studio's faders end at 6; far beyond that there is only noise.</summary>
    public const double MaxStrength = 20;

    /// <summary>Larger activations than any real feature's.</summary>
    public const double MaxP99 = 1e6;

    /// <summary>Latents of the largest dictionary.</summary>
    public const int MaxFeature = 1 << 24;

    public const double MaxGuidance = 50;
    public const double MaxTemperature = 10;
    public const int MaxTopK = 65_536;
    public const int MaxCodebooks = 32;

    /// <summary>MusicGen's codecs have at most 2,048 codes a codebook.</summary>
    public const int MaxCode = 2047;

    /// <summary>Codec frames a second, Hz.</summary>
    public const double MaxFrameRate = 1000;
}
