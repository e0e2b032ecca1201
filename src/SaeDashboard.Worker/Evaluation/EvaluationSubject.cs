using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.Sae;

namespace SaeDashboard.Worker.Evaluation;

/// <summary>What is evaluated on what; everything is the caller's.</summary>
/// <param name="Folder">The SAE's folder.</param>
/// <param name="Sae">The SAE as exported.</param>
/// <param name="Model">The model it reads.</param>
/// <param name="Site">Where in the model.</param>
/// <param name="Dataset">The data set.</param>
/// <param name="Split">The split's name.</param>
/// <param name="Clips">Its clips.</param>
internal sealed record EvaluationSubject(
    string Folder, SparseAutoencoder Sae, MusicGenModel Model, HookSite Site, ClipDataset Dataset, string Split, IReadOnlyList<Clip> Clips)
{
    /// <summary>First column measured: from here on all codebooks are real.</summary>
    public const int FirstColumn = 4;

    /// <summary>Whether the SAE was trained with captions, and is measured so where only one condition is.</summary>
    public bool Captions { get; } = SaeFit.ReadsCaptions(Sae);

    /// <summary>At most this many of the split's clips, spread evenly over it.</summary>
    public IReadOnlyList<Clip> Spread(int count) => count >= Clips.Count
        ? Clips
        : [.. Enumerable.Range(0, count).Select(i => Clips[(int)((long)i * Clips.Count / count)])];
}
