using SaeDashboard.Core;
using SaeDashboard.Sae.Activations;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Features;

/// <summary>The residual streams of clips, one clip at a time: read from a store, or computed by the model.</summary>
public interface IActivationSource
{
    /// <summary>Width d of the residual stream.</summary>
    int Width { get; }

    /// <summary>The number of clips for progress, if known.</summary>
    int? ClipCount => null;

    /// <summary>The clips in a fixed order, each once. May be enumerated again. The caller disposes of each clip.</summary>
    IEnumerable<ClipActivations> Clips();
}

/// <summary>One clip's residual stream at one hook.</summary>
/// <param name="Row">The clip's row in the dataset.</param>
/// <param name="Split">The clip's split.</param>
/// <param name="Columns">float32 <c>[F, width]</c>, columns 1..F without column 0 (BOS): entry i is column i + 1.</param>
public sealed record ClipActivations(int Row, string Split, Tensor Columns) : IDisposable
{
    /// <summary>Disposes <see cref="Columns"/>.</summary>
    public void Dispose() => Columns.Dispose();
}

/// <summary>The clips of an activation folder. The caller owns the store, which must outlive this.</summary>
public sealed class StoreActivationSource : IActivationSource
{
    private readonly ActivationStore store;
    private readonly int[] clips;

    /// <param name="store">A store of columns 1..F.</param>
    /// <param name="split">Only clips of this split; null: all.</param>
    /// <exception cref="UserException">The store begins at another column, or has no clip of the split.</exception>
    public StoreActivationSource(ActivationStore store, string? split = null)
    {
        this.store = store;
        if (store.Source.FirstColumn != 1)
        {
            throw new UserException($"{store.Folder} holds activations from column {store.Source.FirstColumn} on, but features are measured on columns " +
                "1..F. Collect the activations again.");
        }

        clips = [.. Enumerable.Range(0, store.ClipCount).Where(clip => split is null || store.Manifest.Clips[clip].Split == split)];
        if (clips.Length == 0)
        {
            var there = string.Join(", ", store.Manifest.Clips.Select(clip => clip.Split).Distinct());
            throw new UserException($"{store.Folder} has no clips of split \"{split}\" (it has: {there}). Collect that split.");
        }
    }

    /// <inheritdoc/>
    public int Width => store.Width;

    /// <inheritdoc/>
    public int? ClipCount => clips.Length;

    /// <inheritdoc/>
    public IEnumerable<ClipActivations> Clips()
    {
        foreach (var index in clips)
        {
            var (clip, columns) = store.Clip(index);
            yield return new ClipActivations(clip.Row, clip.Split, columns);
        }
    }
}

/// <summary>Progress of a pass over clips.</summary>
/// <param name="Stage">The stage, such as "statistics" or "top clips".</param>
/// <param name="Clips">Completed clips.</param>
/// <param name="Total">All clips, if known.</param>
/// <param name="Unit">The counted unit, in the plural.</param>
public readonly record struct ClipProgress(string Stage, int Clips, int? Total, string Unit = "clips")
{
    /// <summary>
    /// Enumerates a source's clips, disposes of each after use, reports progress and checks for cancellation between them.
    /// </summary>
    internal static IEnumerable<ClipActivations> Count(
        IActivationSource source, string stage, IProgress<ClipProgress>? progress, CancellationToken cancellation)
    {
        var clips = 0;
        foreach (var clip in source.Clips())
        {
            using (clip)
            {
                cancellation.ThrowIfCancellationRequested();
                yield return clip;
            }

            progress?.Report(new ClipProgress(stage, ++clips, source.ClipCount));
        }
    }
}
