using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Features;
using SaeDashboard.MusicGen;
using SaeDashboard.Sae;
using SaeDashboard.Sae.Features;
using SaeDashboard.Worker.Activations;
using SaeDashboard.Worker.Saes;

namespace SaeDashboard.Worker.Features;

/// <summary>The clips that labels may be made from and those that they are tested on: two sets without a common clip.</summary>
/// <param name="Train">Of `sae-train`, for labels.</param>
/// <param name="Select">Of `select`, for labels.</param>
/// <param name="Tested">For the test.</param>
/// <param name="Names">What the two sets are, for the file.</param>
internal sealed record DetectionSets(IReadOnlyList<Clip> Train, IReadOnlyList<Clip> Select, IReadOnlyList<Clip> Tested, (string Labelled, string Tested) Names)
{
    private const string Test = "test", SelectSplit = "select", TrainSplit = "sae-train";

    /// <summary>Clips of both sets.</summary>
    public int Count => Train.Count + Select.Count + Tested.Count;

    /// <summary>All clips of a dataset. The split `test` is for figures; a dataset without one gives half of `select`.</summary>
    /// <exception cref="UserException">The dataset has too few clips.</exception>
    public static DetectionSets Of(ClipDataset dataset) =>
        Of(dataset, [.. dataset.Clips.Where(clip => clip.Split == TrainSplit)], dataset.InSplit(SelectSplit), [.. dataset.Clips.Where(clip => clip.Split == Test)]);

    /// <summary>Of the clips that a run reads.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="train">The clips that it trains on.</param>
    /// <param name="select">The clips that it measures features on.</param>
    /// <param name="test">The clips of `test` that it may read; empty: the dataset has none.</param>
    /// <exception cref="UserException">The dataset has too few clips.</exception>
    public static DetectionSets Of(ClipDataset dataset, IReadOnlyList<Clip> train, IReadOnlyList<Clip> select, IReadOnlyList<Clip> test)
    {
        if (test.Count > 0) return new(train, select, Fewer(test), ($"{TrainSplit}, {SelectSplit}", Test));
        var order = select.OrderBy(DrawOf).ToList();
        var half = order.Take(order.Count / 2).ToList();
        if (half.Count == 0) throw new UserException($"{dataset.Folder} has one clip in '{SelectSplit}' and none in '{Test}': a label needs clips that it was not made from. Add clips of either split.");
        return new(train, [.. order.Skip(half.Count).OrderBy(clip => clip.Row)], Fewer(half), ($"{TrainSplit}, half of {SelectSplit}", $"half of {SelectSplit}"));
    }

    /// <summary>Chooses the clips of all features.</summary>
    /// <param name="folder">The SAE's folder, for messages.</param>
    /// <param name="sae">The SAE.</param>
    /// <param name="index">Its index, of this dataset.</param>
    /// <param name="model">The model.</param>
    /// <param name="dataset">The dataset.</param>
    /// <param name="stored">The activations of <see cref="Train"/>; null: the model computes them.</param>
    /// <param name="captions">Whether the model reads the clips' captions; null: what the SAE's folder says.</param>
    /// <param name="progress">Called after every clip.</param>
    /// <param name="cancellation">Checked between clips.</param>
    public BuiltDetectionClips Build(
        string folder, SparseAutoencoder sae, FeatureIndex index, MusicGenModel model, ClipDataset dataset, IActivationSource? stored, bool? captions, IProgress<ClipProgress> progress, CancellationToken cancellation)
    {
        var site = SaeCompatibility.Require(folder, sae, model);
        var reads = captions ?? SaeCompatibility.ReadsCaptions(sae);
        IActivationSource Of(IReadOnlyList<Clip> clips) => new ModelActivationSource(model, dataset, clips, site, reads);
        return DetectionClipsBuilder.Build(sae, index, new JoinedSource(stored ?? Of(Train), Of(Select)), Of(Tested), Names, progress, cancellation);
    }

    private static List<Clip> Fewer(IReadOnlyList<Clip> clips) => [.. clips.OrderBy(DrawOf).Take(DetectionClipsInfo.MostTestClips).OrderBy(clip => clip.Row)];

    private static ulong DrawOf(Clip clip) => DetectionClipsBuilder.Draw(clip.Row);

    /// <summary>The clips of one source, then those of another.</summary>
    private sealed class JoinedSource(IActivationSource first, IActivationSource second) : IActivationSource
    {
        public int Width => first.Width;

        public int? ClipCount => first.ClipCount + second.ClipCount;

        public IEnumerable<ClipActivations> Clips() => first.Clips().Concat(second.Clips());
    }
}
