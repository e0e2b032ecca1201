using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Jobs;

namespace SaeDashboard.Web.Runs;

/// <summary>Starts the runs that do not train: an SAE of a checkpoint, the index of an SAE that was put here. Any thread.</summary>
public sealed class SaeRuns(IRunRegistry registry, DataRoot root)
{
    private readonly Lock indexing = new();

    /// <summary>Makes an SAE of a checkpoint and indexes it; the checkpoint is pinned, so that it is there when the turn comes.</summary>
    /// <returns>The new run's id.</returns>
    /// <exception cref="UserException">The checkpoint was removed, or the run cannot be started.</exception>
    public string Export(RunView run, long step, Actor actor)
    {
        registry.Pin(run.Id, step, true, actor);
        var plan = run.Plan with
        {
            Kind = RunKind.Export,
            SaePath = "",
            Fork = new RunFork(RunPlaces.Of(root, run.Id), step),
            Sweep = null,
        };
        return registry.Start(plan, string.Create(CultureInfo.InvariantCulture, $"Step {step:N0} of {run.Name}"), actor);
    }

    /// <summary>Indexes the features of an SAE in its place.</summary>
    /// <returns>The new run's id.</returns>
    /// <exception cref="UserException">It is being indexed already, or the run cannot be started.</exception>
    public string Index(CatalogSae sae, CatalogModel model, CatalogDataset dataset, Actor actor)
    {
        lock (indexing) return StartIndex(sae, model, dataset, actor);
    }

    /// <summary>The run that indexes it, or waits to; null: none.</summary>
    public RunView? AtWork(CatalogSae sae) => registry.Runs.FirstOrDefault(run => run.Active && run.Plan.Kind == RunKind.Index && run.Plan.SaePath == sae.Path);

    private string StartIndex(CatalogSae sae, CatalogModel model, CatalogDataset dataset, Actor actor)
    {
        if (AtWork(sae) is { } busy) throw new UserException($"{sae.Name} is already being indexed by the run {busy.Name}.");
        if (model.Width != sae.Width) throw new UserException($"{sae.Name} reads vectors of width {sae.Width}, {model.Name} has {model.Width}: choose the model it was trained on.");
        var plan = new RunPlan
        {
            Kind = RunKind.Index,
            ModelPath = model.Path,
            DatasetPath = dataset.Path,
            Layer = 0,
            ActivationsPath = "",
            SaePath = sae.Path,
            // How large it is, for the memory it needs.
            Train = TrainSettings.Of(new TrainConfig { Latents = sae.Latents }, [TrainSetting.Of(nameof(TrainConfig.Latents))]),
        };
        return registry.Start(plan, $"Index of {sae.Name}", actor);
    }
}
