using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen;
using SaeDashboard.Sae.Activations;

namespace SaeDashboard.Worker.Activations;

/// <summary>Keeps a data set's residual stream on disk, and knows whether a folder that is there already holds the same.</summary>
/// <param name="model">The model, owned by the caller.</param>
/// <param name="dataset">The data set, owned by the caller.</param>
/// <param name="clips">Which clips, in this order.</param>
/// <param name="split">The split they are of.</param>
/// <param name="layer">The layer after which the residual stream is taken.</param>
/// <param name="condition">none or caption.</param>
/// <param name="precision">How values are kept.</param>
internal sealed class ActivationCollector(
    MusicGenModel model, ClipDataset dataset, IReadOnlyList<Clip> clips, string split, int layer, string condition, ActivationDType precision)
{
    /// <summary>What is kept.</summary>
    public ActivationSource Source { get; } = new()
    {
        Model = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(model.Folder))),
        ModelHash = model.WeightsHash,
        Dataset = dataset.Name,
        DatasetHash = dataset.Hash,
        Split = split,
        Hook = $"layers.{layer}.resid_post",
        Layer = layer,
        Condition = condition,
        DType = precision,
        Width = model.Config.Decoder.Width,
        ColumnsPerClip = dataset.Frames,
    };

    public long Columns => clips.Count * (long)Source.ColumnsPerClip;

    public long Bytes => Source.ClipBytes() * clips.Count;

    /// <summary>Runs the clips through the model into a new folder, which appears when all are done.</summary>
    /// <param name="folder">The folder to make.</param>
    /// <param name="progress">Told the columns done, after every clip.</param>
    /// <param name="cancellation">Looked at between clips; nothing is left behind.</param>
    public void Collect(string folder, Action<long> progress, CancellationToken cancellation)
    {
        var source = new ModelActivationSource(model, dataset, clips, layer, condition == "caption");
        using var writer = ActivationStoreWriter.Create(folder, Source, clips.Count);
        var done = 0L;
        foreach (var clip in source.Clips())
        {
            using (clip)
            {
                cancellation.ThrowIfCancellationRequested();
                writer.Append(clip.Row, clip.Split, clip.Columns, dataset.Clips[clip.Row].Id);
            }
            progress(done += Source.ColumnsPerClip);
        }
        writer.Complete();
    }

    /// <summary>The folder's store when it holds these activations; null when there is no such folder.</summary>
    /// <exception cref="UserException">It holds others.</exception>
    public ActivationStore? OpenIfSame(string folder)
    {
        if (!Directory.Exists(folder)) return null;
        var store = ActivationStore.Open(folder);
        if (Difference(store) is not { } difference) return store;
        store.Dispose();
        throw new UserException($"{folder} holds activations of {difference}. Delete it, or give another folder.");
    }

    /// <summary>How the store's activations differ from the wanted ones: "another model"; null when they are the same.</summary>
    private string? Difference(ActivationStore store)
    {
        var there = store.Source;
        return there.ModelHash != Source.ModelHash ? "another model"
            : there.DatasetHash != Source.DatasetHash ? "another data set, or of this one before it was changed"
            : there.Hook != Source.Hook ? $"another place in the model ({there.Hook} instead of {Source.Hook})"
            : there.Condition != Source.Condition ? $"another condition ({there.Condition})"
            : there.Split != Source.Split || !store.Manifest.Clips.Select(clip => clip.Row).SequenceEqual(clips.Select(clip => clip.Row)) ? "other clips"
            : there.ColumnsPerClip != Source.ColumnsPerClip || there.FirstColumn != Source.FirstColumn ? "other columns"
            : null;
    }
}
