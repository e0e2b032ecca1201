using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.Sae;
using SaeDashboard.Sae.Activations;
using SaeDashboard.Sae.Evaluation.GroundTruth;
using SaeDashboard.Sae.Features;
using SaeDashboard.Worker.Activations;
using SaeDashboard.Worker.Saes;

namespace SaeDashboard.Worker.Evaluation;

/// <summary>What is evaluated, and on what. The caller owns everything.</summary>
/// <param name="Folder">The SAE's folder.</param>
/// <param name="Sae">The SAE as exported.</param>
/// <param name="Model">The model it reads.</param>
/// <param name="Site">Where in the model.</param>
/// <param name="Dataset">The dataset.</param>
/// <param name="Split">The split's name.</param>
/// <param name="Clips">Its clips.</param>
internal sealed record EvaluationSubject(
    string Folder, SparseAutoencoder Sae, MusicGenModel Model, HookSite Site, ClipDataset Dataset, string Split, IReadOnlyList<Clip> Clips)
{
    /// <summary>First column measured: from here on all codebooks are real.</summary>
    public const int FirstColumn = 4;

    /// <summary>Whether the SAE was trained with captions, and is measured so where only one condition is.</summary>
    public bool Captions { get; } = SaeCompatibility.ReadsCaptions(Sae);

    /// <summary>At most this many of the split's clips, spread evenly over it.</summary>
    public IReadOnlyList<Clip> Spread(int count) => Spread(Clips, count);

    /// <summary>At most this many clips, spread evenly.</summary>
    public static IReadOnlyList<Clip> Spread(IReadOnlyList<Clip> clips, int count) => count >= clips.Count
        ? clips
        : [.. Enumerable.Range(0, count).Select(i => clips[(int)((long)i * clips.Count / count)])];
}

/// <summary>Where an evaluation's activations come from: folders that collect made, where the person gave them, else the model.</summary>
/// <param name="model">The model, owned by the caller.</param>
/// <param name="dataset">The dataset, owned by the caller.</param>
/// <param name="site">Where the SAE reads.</param>
/// <param name="captions">Whether captions are the condition.</param>
internal sealed class EvaluationSources(MusicGenModel model, ClipDataset dataset, HookSite site, bool captions) : IDisposable
{
    private readonly Dictionary<string, ActivationStore> stores = [];

    public string Condition => TextConditions.Of(captions);

    public string Hook => site.ToString();

    /// <summary>Has a split read from a folder; null leaves it to the model.</summary>
    /// <exception cref="UserException">There is no such folder, or it holds other activations.</exception>
    public void Use(string split, string? folder)
    {
        if (folder is null) return;
        var collector = new ActivationCollector(model, dataset, dataset.InSplit(split), split, [site], Condition, ActivationDType.Float32);
        var store = collector.OpenIfSame(folder) ?? throw new UserException($"{folder} does not exist. Make it with collect --split {split}, or leave it out.");
        if (!stores.TryAdd(split, store))
        {
            store.Dispose();
            throw new UserException($"Two folders are given for the split {split}: leave one out.");
        }
    }

    /// <summary>The activations of a split's clips, in the order of the dataset.</summary>
    public IActivationSource Of(string split) => stores.TryGetValue(split, out var store)
        ? new StoreActivationSource(store)
        : new ModelActivationSource(model, dataset, dataset.InSplit(split), site, captions);

    /// <summary>The same with what the dataset says about the clips.</summary>
    public TruthSplit Truth(string split) => new(Of(split), dataset.InSplit(split), dataset.Frames);

    public void Dispose()
    {
        foreach (var store in stores.Values) store.Dispose();
    }
}
