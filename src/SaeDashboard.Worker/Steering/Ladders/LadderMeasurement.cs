using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;
using SaeDashboard.Core.Steering;
using SaeDashboard.MusicGen;
using SaeDashboard.Sae.Steering.Ladders;

namespace SaeDashboard.Worker.Steering.Ladders;

/// <summary>Measures ladders in a run's folder and keeps them with the index: what the verb and the site's runs do alike.</summary>
/// <param name="model">The model, owned by the caller; its weights are hashed.</param>
/// <param name="sae">The SAE, owned by the caller.</param>
/// <param name="dataset">The dataset that the index was made from, owned by the caller.</param>
/// <param name="settings">What to measure.</param>
/// <param name="run">The run's folder.</param>
/// <param name="rows">Clips at once.</param>
internal sealed class LadderMeasurement(MusicGenModel model, LoadedSae sae, ClipDataset dataset, LadderSettings settings, RunFolder run, int rows)
{
    /// <summary>Clips at once, unless another number is given.</summary>
    public const int DefaultRows = 32;

    private readonly LadderEar ear = new(model, sae);
    private readonly LadderPreparation preparation = new(model, sae, dataset, settings, run.Path);

    /// <exception cref="UserException">The index was made with another model or from another dataset.</exception>
    public void RequireSources()
    {
        var index = sae.Index;
        if (index.Info.ModelHash != model.WeightsHash) throw new UserException($"{index.Folder} was made with another model than {model.Folder}. Name that one, or make the index again.");
        if (index.Info.DatasetHash != dataset.Hash) throw new UserException($"{index.Folder} was made from another dataset than {dataset.Folder}. Name that one, or make the index again.");
    }

    /// <summary>How long it will take; the run's log says so too.</summary>
    public LadderEstimate Estimate()
    {
        var estimate = LadderEstimate.Of(model, sae, dataset, settings, ear, preparation, rows);
        AtomicFile.WriteJson(Path.Combine(run.Path, "estimate.json"), estimate);
        return estimate;
    }

    /// <summary>Measures what is missing, and writes the ladders into a folder.</summary>
    /// <param name="into">The index's folder, or another that has ladders for it.</param>
    /// <param name="stage">The stage that is reported.</param>
    /// <param name="say">Receives what is counted, how many there are and how many there may be.</param>
    /// <param name="cancellation">Ends it; the clips that were heard are kept.</param>
    public IReadOnlyList<FeatureLadder> Measure(string into, StageName stage, Action<string, int, int>? say, CancellationToken cancellation)
    {
        var plan = preparation.Prepare(ear, (done, total) => say?.Invoke("Clips of the dataset", done, total), cancellation);
        var ladders = new LadderRun(model, sae, plan, ear, rows).Make(run, stage, (done, total) => say?.Invoke("Ladders", done, total), cancellation);
        run.RequirePresent();
        var info = new StrengthLaddersInfo { SaeHash = plan.SaeHash, ModelHash = plan.ModelHash, DatasetHash = plan.DatasetHash, Descriptors = plan.Descriptors, Count = ladders.Count };
        StrengthLadders.Add(into, info, sae.Index.Info, ladders);
        foreach (var ladder in ladders) run.Log(LadderText.Of(ladder));
        return ladders;
    }
}
