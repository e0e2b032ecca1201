namespace SaeDashboard.Sae.Evaluation.GroundTruth;

/// <summary>What is scored against annotated concepts, and by which rules.</summary>
public sealed record GroundTruthOptions
{
    /// <summary>First column that counts; before it not all codebooks are real.</summary>
    public int FirstColumn { get; init; } = 4;

    /// <summary>Frames a second (Hz).</summary>
    public double FrameRate { get; init; } = 50;

    /// <summary>Seconds after a span's end that are neither positive nor negative: the sound still decays.</summary>
    public double TailSeconds { get; init; } = 0.3;

    /// <summary>
    /// Lags tried on `select`, in columns: at lag L column p is held against frame p − 1 − L, so a feature that answers L columns after its
    /// sound has lag L. The same for every kind of direction.
    /// </summary>
    public IReadOnlyList<int> Lags { get; init; } = [-4, -3, -2, -1, 0, 1, 2, 3, 4];

    /// <summary>A clip is positive from this share of its frames on.</summary>
    public double PositiveClipShare { get; init; } = 0.1;

    /// <summary>A second is positive from this share of its frames on.</summary>
    public double PositiveSecondShare { get; init; } = 0.5;

    /// <summary>A clip or second is negative up to this share; between the two it is left out.</summary>
    public double NegativeShare { get; init; } = 0.02;

    /// <summary>A concept with fewer positive clips on the scored split is not measured.</summary>
    public int FewestPositiveClips { get; init; } = 20;

    /// <summary>
    /// Prefixes of concepts that are constant over a clip. They are scored by clips alone, and only over clips where some concept of the same
    /// prefix stands: a drum clip has no key, and telling it from a pitched one is not hearing the key.
    /// </summary>
    public IReadOnlyList<string> ConstantPrefixes { get; init; } = ["key.", "mode.", "tempo."];

    /// <summary>Clips are drawn anew this often for an interval.</summary>
    public int BootstrapReplicates { get; init; } = 400;

    /// <summary>Seed of the drawing.</summary>
    public ulong Seed { get; init; }

    /// <summary>Features of the larger sparse probe.</summary>
    public int ProbeFeatures { get; init; } = 5;

    /// <summary>Principal components tried one by one.</summary>
    public int PcaDirections { get; init; } = 64;

    /// <summary>The ridge probe of the residual stream is fitted on every so many columns by frames: neighbours are nearly equal.</summary>
    public int RidgeColumnStride { get; init; } = 4;
}
