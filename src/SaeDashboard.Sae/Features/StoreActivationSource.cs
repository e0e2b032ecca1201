using SaeDashboard.Core;
using SaeDashboard.Sae.Activations;

namespace SaeDashboard.Sae.Features;

/// <summary>The clips of an activation folder. The store stays the caller's and must outlive this.</summary>
public sealed class StoreActivationSource : IActivationSource
{
    private readonly ActivationStore store;
    private readonly int[] clips;

    /// <param name="store">A store that keeps columns 1..F.</param>
    /// <param name="split">Only clips of this split; null for all.</param>
    /// <exception cref="UserException">The store starts at another column, or has no clip of the split.</exception>
    public StoreActivationSource(ActivationStore store, string? split = null)
    {
        this.store = store;
        if (store.Source.FirstColumn != 1)
        {
            throw new UserException($"{store.Folder} keeps activations from column {store.Source.FirstColumn} on, but features are measured on columns " +
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
