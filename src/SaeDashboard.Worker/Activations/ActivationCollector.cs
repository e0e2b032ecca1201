using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Files;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Generation;
using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.MusicGen.Tracing;
using SaeDashboard.Sae.Activations;
using static TorchSharp.torch;

namespace SaeDashboard.Worker.Activations;

/// <summary>Keeps a dataset's activations on disk, and knows whether a folder that is there already holds the same.</summary>
/// <param name="model">The model, owned by the caller.</param>
/// <param name="dataset">The dataset, owned by the caller.</param>
/// <param name="clips">Which clips, in this order.</param>
/// <param name="split">The split they are of.</param>
/// <param name="sites">The points at which they are taken, all in one pass.</param>
/// <param name="condition">none or caption.</param>
/// <param name="precision">How values are kept.</param>
internal sealed class ActivationCollector(
    MusicGenModel model, ClipDataset dataset, IReadOnlyList<Clip> clips, string split, IReadOnlyList<HookSite> sites, string condition, ActivationDType precision)
{
    /// <summary>What is kept of each point.</summary>
    public IReadOnlyList<ActivationSource> Sources { get; } =
        [.. sites.Select(site => ModelColumns.SourceOf(model, dataset, split, site, condition) with { DType = precision })];

    /// <summary>Columns of a point, padding left out.</summary>
    public long Columns => clips.Sum(clip => (long)Music(clip));

    /// <summary>Bytes of all points together.</summary>
    public long Bytes => Sources.Sum(source => source.ClipBytes()) * clips.Count;

    /// <summary>
    /// Runs the clips through the model into a new folder, which appears when all are done: one point's activations, or of several a folder
    /// each, named by <see cref="FolderOf"/>.
    /// </summary>
    /// <param name="folder">The folder to make.</param>
    /// <param name="progress">Called with the columns done, after every clip.</param>
    /// <param name="cancellation">Looked at between clips; nothing is left behind.</param>
    public void Collect(string folder, Action<long> progress, CancellationToken cancellation)
    {
        ActivationStoreWriter.RequireSpace(folder, Bytes);
        using var whole = sites.Count > 1 ? AtomicFolder.Create(folder) : null;
        var writers = new List<ActivationStoreWriter>();
        try
        {
            foreach (var source in Sources)
                writers.Add(ActivationStoreWriter.Create(whole is null ? folder : Path.Combine(whole.WorkPath, FolderOf(source)), source, clips.Count));
            Fill(writers, progress, cancellation);
            foreach (var writer in writers) writer.Complete();
            whole?.Commit();
        }
        finally
        {
            foreach (var writer in writers) writer.Dispose();
        }
    }

    /// <summary>A point's folder among several: "layer-4", or "layer-4-mlp_out" where it is not the stream after the layer.</summary>
    public static string FolderOf(ActivationSource source) =>
        string.Create(CultureInfo.InvariantCulture, $"layer-{source.Layer}{(HookSite.Parse(source.Hook) is { Point: not HookSite.ResidualPost and var point } ? $"-{point}" : "")}");

    /// <summary>The folder's store when it holds these activations of the first point; null when the folder does not exist.</summary>
    /// <exception cref="UserException">It holds others.</exception>
    public ActivationStore? OpenIfSame(string folder)
    {
        if (!Directory.Exists(folder)) return null;
        var store = ActivationStore.Open(folder);
        if (Difference(store, Sources[0]) is not { } difference) return store;
        store.Dispose();
        throw new UserException($"{folder} holds activations of {difference}. Delete it, or give another folder.");
    }

    private int Music(Clip clip) => dataset.MusicFrames(clip, model.Codec.FrameRate);

    private void Fill(List<ActivationStoreWriter> writers, Action<long> progress, CancellationToken cancellation)
    {
        var forcing = new TeacherForcing(model);
        var done = 0L;
        foreach (var batch in clips.Chunk(TeacherForcing.ClipsOfABatch))
        {
            using var scope = NewDisposeScope();
            var computed = forcing.At([.. batch.Select(dataset.Codes)], sites, ModelColumns.Prompts(batch, condition));
            for (var i = 0; i < batch.Length; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                for (var place = 0; place < sites.Count; place++)
                    writers[place].Append(batch[i].Row, batch[i].Split, computed[sites[place]].select(0, i), batch[i].Id, Music(batch[i]));
                progress(done += Music(batch[i]));
            }
        }
    }

    /// <summary>How the store's activations differ from the wanted ones: "another model"; null when they are the same.</summary>
    private string? Difference(ActivationStore store, ActivationSource wanted)
    {
        var there = store.Source;
        return there.ModelHash != wanted.ModelHash ? "another model"
            : there.DatasetHash != wanted.DatasetHash ? "another dataset, or of this one before it was changed"
            : there.Hook != wanted.Hook ? $"another place in the model ({there.Hook} instead of {wanted.Hook})"
            : there.Condition != wanted.Condition ? $"another condition ({there.Condition})"
            : there.Split != wanted.Split || !store.Manifest.Clips.Select(clip => clip.Row).SequenceEqual(clips.Select(clip => clip.Row)) ? "other clips"
            : there.ColumnsPerClip != wanted.ColumnsPerClip || there.FirstColumn != wanted.FirstColumn ? "other columns"
            : there.ComputeType != wanted.ComputeType ? $"a model in {there.ComputeType} instead of {wanted.ComputeType}"
            : there.DType != wanted.DType ? $"another type ({there.DType} instead of {wanted.DType})"
            : null;
    }
}

/// <summary>What the lengths of a dataset's clips mean for a model.</summary>
internal static class ClipLengths
{
    /// <summary>What a person should know before their activations are used.</summary>
    public static IEnumerable<string> Notes(ClipDataset dataset, IReadOnlyList<Clip> clips, MusicGenModel model)
    {
        var rate = model.Codec.FrameRate;
        var longest = WindowSettings.Of(model.Config).LongestFrames;
        var beyond = clips.Count(clip => dataset.MusicFrames(clip, rate) > longest);
        if (beyond > 0)
        {
            yield return FormattableString.Invariant(
                $"{dataset.Folder}: {beyond:N0} of {clips.Count:N0} clips are longer than the {longest / rate:F2} s that {model.Folder} was trained on: what it computes beyond is off what it learnt. Cut the clips into shorter ones.");
        }
        var padding = clips.Sum(clip => (long)(dataset.Frames - dataset.MusicFrames(clip, rate)));
        if (padding > 0)
        {
            yield return FormattableString.Invariant(
                $"{dataset.Folder}: {clips.Count(clip => dataset.MusicFrames(clip, rate) < dataset.Frames):N0} of {clips.Count:N0} clips are shorter than the {dataset.Frames / rate:F2} s of their codes: {padding:N0} columns of padding are left out.");
        }
    }

    /// <summary>Refuses clips with padding where whole rows are computed and used.</summary>
    /// <exception cref="UserException">A clip is shorter than its row of codes.</exception>
    public static void RequireWhole(ClipDataset dataset, IReadOnlyList<Clip> clips, MusicGenModel model)
    {
        var rate = model.Codec.FrameRate;
        if (clips.FirstOrDefault(clip => dataset.MusicFrames(clip, rate) < dataset.Frames) is { } odd)
        {
            throw new UserException(FormattableString.Invariant(
                $"{dataset.Folder}: clip “{odd.Id}” is {odd.Seconds:0.##} s of the {dataset.Frames / rate:0.##} s of its codes; training straight from the model needs clips without padding. Keep the activations first: collect, then train --activations."));
        }
    }
}
