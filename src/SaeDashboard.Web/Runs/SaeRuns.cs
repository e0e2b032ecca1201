using System.Globalization;
using Microsoft.Extensions.Options;
using SaeDashboard.Core;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Jobs;

namespace SaeDashboard.Web.Runs;

/// <summary>Starts the runs that do not train: an SAE of a checkpoint, the index of an SAE that was put here, clips to test names on, strength ladders, a difference of means. Any thread.</summary>
public sealed class SaeRuns(IRunRegistry registry, DataRoot root, IOptions<LadderOptions>? ladders = null)
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
        lock (indexing) return registry.Start(Plan(RunKind.Index, sae, model, dataset), $"Index of {sae.Name}", actor);
    }

    /// <summary>Chooses the clips that names of an SAE's features are tested on, into its index.</summary>
    /// <returns>The new run's id.</returns>
    /// <exception cref="UserException">It has no index, a run changes the index already, or the run cannot be started.</exception>
    public string ChooseClips(CatalogSae sae, CatalogModel model, CatalogDataset dataset, Actor actor)
    {
        if (!sae.HasIndex) throw new UserException($"{sae.Name} has no index yet: index its features first.");
        lock (indexing) return registry.Start(Plan(RunKind.Detection, sae, model, dataset), $"Test clips of {sae.Name}", actor);
    }

    /// <summary>Measures strength ladders of an SAE's features.</summary>
    /// <param name="sae">The SAE.</param>
    /// <param name="model">The model of its index.</param>
    /// <param name="dataset">The dataset of its index.</param>
    /// <param name="features">The features, ascending.</param>
    /// <param name="into">The folder that gets them. Absolute.</param>
    /// <param name="actor">Who asks for it.</param>
    /// <returns>The new run's id.</returns>
    /// <exception cref="UserException">It has no index, a run works on it already, or the run cannot be started.</exception>
    public string Ladder(CatalogSae sae, CatalogModel model, CatalogDataset dataset, IReadOnlyList<int> features, string into, Actor actor)
    {
        if (!sae.HasIndex) throw new UserException($"{sae.Name} has no index yet: index its features first.");
        var what = features is [var one] ? string.Create(CultureInfo.InvariantCulture, $"Ladder of feature {one}") : string.Create(CultureInfo.InvariantCulture, $"Ladders of {features.Count} features");
        var settings = ladders?.Value ?? new LadderOptions();
        lock (indexing) return registry.Start(Plan(RunKind.Ladder, sae, model, dataset) with { Ladder = new RunLadder(features, into, settings.Seeds, settings.Seconds, settings.ReferenceClips) }, $"{what}, {sae.Name}", actor);
    }

    /// <summary>Measures a difference of means where an SAE reads and writes. It leaves the SAE as it is, so it waits for no other run on it.</summary>
    /// <param name="sae">The SAE.</param>
    /// <param name="model">The model of its index.</param>
    /// <param name="dataset">The dataset with the clips.</param>
    /// <param name="direction">The sets of clips.</param>
    /// <param name="captions">Whether the model reads each clip's caption.</param>
    /// <param name="actor">Who asks for it.</param>
    /// <returns>The new run's id.</returns>
    /// <exception cref="UserException">Its folder does not say where it reads, or the run cannot be started.</exception>
    public string Direction(CatalogSae sae, CatalogModel model, CatalogDataset dataset, RunDirection direction, bool captions, Actor actor)
    {
        if (SaeHook.Parse(sae.Hook) is not { } hook) throw new UserException($"{sae.Name} does not say where in a model it reads, so a direction for it cannot be measured.");
        var plan = Bare(RunKind.Direction, sae, model, dataset) with { Layer = hook.Layer, Point = hook.Point, Condition = captions ? TextConditions.Caption : TextConditions.None, Direction = direction };
        return registry.Start(plan, $"Difference of means: {RunFormatting.Sets(direction)}", actor);
    }

    /// <summary>The run that indexes it, chooses clips for it or measures ladders, or waits to; null: none.</summary>
    public RunView? AtWork(CatalogSae sae) => registry.Runs.FirstOrDefault(run => run.Active && run.Plan.Kind is RunKind.Index or RunKind.Detection or RunKind.Ladder && run.Plan.SaePath == sae.Path);

    /// <summary>In words what such a run does with an SAE: "The run X is choosing clips for Y".</summary>
    public static string Doing(RunView run, string sae) => run.Plan.Kind switch
    {
        RunKind.Index => $"{sae} is already being indexed by the run {run.Name}",
        RunKind.Detection => $"The run {run.Name} is choosing clips for {sae}",
        RunKind.Ladder => $"The run {run.Name} is measuring strength ladders of {sae}",
        _ => throw new ArgumentOutOfRangeException(nameof(run), run.Plan.Kind, "It does nothing with an SAE that is there."),
    };

    private RunPlan Plan(RunKind kind, CatalogSae sae, CatalogModel model, CatalogDataset dataset)
    {
        if (AtWork(sae) is { } busy) throw new UserException($"{Doing(busy, sae.Name)}. Wait for it, or cancel it.");
        return Bare(kind, sae, model, dataset);
    }

    private static RunPlan Bare(RunKind kind, CatalogSae sae, CatalogModel model, CatalogDataset dataset)
    {
        if (model.Width != sae.Width) throw new UserException($"{sae.Name} reads vectors of width {sae.Width}, {model.Name} has {model.Width}: choose the model it was trained on.");
        return new RunPlan
        {
            Kind = kind,
            ModelPath = model.Path,
            DatasetPath = dataset.Path,
            Layer = 0,
            ActivationsPath = "",
            SaePath = sae.Path,
            // How large it is, for the memory it needs.
            Train = TrainSettings.Of(new TrainConfig { Latents = sae.Latents }, [TrainSetting.Of(nameof(TrainConfig.Latents))]),
        };
    }
}
