using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.MusicGen.Melody;

namespace SaeDashboard.MusicGen.Generation;

/// <summary>One piece to be made. Rows of a request share a batch, and what one gives does not depend on the others.</summary>
public sealed record GenerationRow
{
    /// <summary>The text; null is the null condition (no text at all and, without a melody, no guidance), "" is a text of no words.</summary>
    public string? Prompt { get; init; }

    /// <summary>What a melody model is to follow; null: nothing. Guidance then guides by text and melody together.</summary>
    public MelodyChroma? Melody { get; init; }

    /// <summary>The noise's key. Rows with equal seed and sample share their noise: arms.</summary>
    public ulong Seed { get; init; }

    /// <summary>Number of the sample within its request: other noise from the same seed.</summary>
    public int Sample { get; init; }

    public SamplingSettings Sampling { get; init; } = new();

    /// <summary>Called where their sites are, in this order at one site.</summary>
    public IReadOnlyList<IHook> Hooks { get; init; } = [];

    /// <summary>Codes that the piece begins with; they are part of the result.</summary>
    public CodeGrid? Continue { get; init; }
}
