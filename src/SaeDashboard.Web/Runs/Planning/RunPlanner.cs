using System.Globalization;
using Microsoft.Extensions.Options;
using SaeDashboard.Core;
using SaeDashboard.Core.Runs;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Jobs;

namespace SaeDashboard.Web.Runs.Planning;

/// <summary>Reads what was typed into the form of a new run.</summary>
public interface IRunFormReader
{
    /// <param name="form">As typed.</param>
    /// <param name="choices">What there is.</param>
    /// <param name="firstStep">The step of the checkpoint it starts from; 0: random weights.</param>
    RunFormReading Read(RunForm form, RunChoices choices, long firstStep = 0);

    /// <summary>The same of a form whose settings vary.</summary>
    SweepReading Read(RunForm form, IReadOnlyList<SweepLine> lines, RunChoices choices, long firstStep = 0);
}

/// <summary>What the form asks: what there is to choose from, what a run would cost here, what is there already. Safe for several threads.</summary>
public sealed class RunPlanner(ICatalog catalog, IRunRegistry registry, ActivationLibrary library, WorkerDevices devices, DataRoot root, IOptions<LadderOptions>? ladders = null) : IRunFormReader
{
    /// <summary>The models and datasets that were found.</summary>
    public RunChoices Choices() => new(
        [.. catalog.Models.Select(model => new ModelChoice(
            model.Id, model.Name, model.Path, model.Hash, model.Layers, model.Width, Problem(model)))],
        [.. catalog.Datasets.Select(dataset => new DatasetChoice(
            dataset.Id, dataset.Name, dataset.Path, dataset.Hash, dataset.Frames, dataset.Splits, Problem(dataset)))]) { Devices = devices.Available };

    /// <inheritdoc/>
    public RunFormReading Read(RunForm form, RunChoices choices, long firstStep = 0) =>
        RunFormReader.Read(form, choices, new DriveInfo(root.Activations).AvailableFreeSpace, request => Stored(request) is not null, firstStep);

    /// <inheritdoc/>
    public SweepReading Read(RunForm form, IReadOnlyList<SweepLine> lines, RunChoices choices, long firstStep = 0) =>
        SweepReader.Read(form, lines, choices, new DriveInfo(root.Activations).AvailableFreeSpace, request => Stored(request) is not null, firstStep);

    /// <summary>The start of a run that is forked from a checkpoint of another.</summary>
    /// <exception cref="UserException">There is no such checkpoint.</exception>
    public RunFork Fork(RunView run, long step) => registry.Checkpoints(run.Id).Any(each => each.Step == step)
        ? new RunFork(RunPlaces.Of(root, run.Id), step)
        : throw new UserException($"{run.Name} has no checkpoint of step {Format.Whole(step)}. Choose one on its page.");

    /// <summary>What the runs of a new sweep have in common: no other sweep's.</summary>
    public string SweepLabel(string name, IReadOnlyList<SweepLine> lines)
    {
        var label = name.Length > 0 ? name : $"Sweep of {string.Join(" and ", lines.Select(line => SweepSetting.Find(line.Setting)?.Name ?? line.Setting))}";
        var taken = registry.Runs.Select(run => run.Plan.Sweep).ToHashSet();
        var free = label;
        for (var number = 2; taken.Contains(free); number++) free = string.Create(CultureInfo.InvariantCulture, $"{label} {number}");
        return free;
    }

    /// <summary>Activations that the run can use.</summary>
    public StoredActivations? Stored(RunRequest request) => library.Find(request);

    /// <summary>How long it takes, from the newest run that was trained on that device if there is one.</summary>
    public RunEstimate Estimate(RunRequest request, bool reused) => RunEstimator.Estimate(request, reused, MachineSpeed(request.Device), EvaluationSpeed(request.Device));

    /// <summary>Seconds for choosing the clips that names of an SAE's features are tested on; null: its folder does not say where it reads.</summary>
    public double? ClipChoice(CatalogSae sae, CatalogDataset dataset) => SaeHook.Parse(sae.Hook) is not { } hook ? null
        : RunEstimator.ClipChoice(DetectionChoice.Columns(dataset.Splits, dataset.Frames), 0, hook.Layer, sae.Latents, sae.Width, MachineSpeed(ComputeNames.Cpu));

    /// <summary>Seconds for measuring strength ladders.</summary>
    /// <param name="model">The model.</param>
    /// <param name="features">How many features.</param>
    public double Ladder(CatalogModel model, int features) => RunEstimator.Ladder(features, ladders?.Value ?? new LadderOptions(), model.Layers, model.Width, MachineSpeed(ComputeNames.Cpu));

    /// <summary>Seconds for measuring a difference of means.</summary>
    /// <param name="model">The model.</param>
    /// <param name="dataset">The dataset with the clips.</param>
    /// <param name="layer">Where it is measured.</param>
    public double Direction(CatalogModel model, CatalogDataset dataset, int layer) =>
        RunEstimator.Direction(Math.Min(dataset.Clips, 2 * RunDirection.DefaultClips) * (long)dataset.Frames, layer, model.Width, MachineSpeed(ComputeNames.Cpu));

    private static string? Problem(CatalogEntry entry) =>
        entry.Problem ?? (entry.IsReady && entry.Hash is not null ? null : "It is still being read. Try again in a moment.");

    // Of the newest run on that device that was evaluated: its seconds, against those that the rates give for its columns and model.
    private double? EvaluationSpeed(string device)
    {
        foreach (var run in registry.Runs)
        {
            if (run.Device != device || RunFormatting.Metric(run, "evaluationSeconds") is not (> 0 and var seconds) || RunFormatting.Metric(run, "evaluationColumns") is not (> 0 and var columns)) continue;
            if (catalog.ModelByPath(run.Plan.ModelPath) is not { Layers: > 0 } model) continue;
            return StageRates.Evaluate((long)columns, run.Plan.Layer, model.Layers, model.Width) / seconds;
        }
        return null;
    }

    // A short run is mostly warming up: its speed counts only while there is no long one, and of several the fastest.
    private double? MachineSpeed(string device)
    {
        const double enough = 500_000;
        double? fastestShort = null;
        foreach (var run in registry.Runs)
        {
            if (run.Status.State != RunState.Done || RunFormatting.Metric(run, "tokensPerSecond") is not (> 0 and var rate) || RunFormatting.Metric(run, "columns") is not { } columns) continue;
            var train = run.Plan.Train.Values;
            if (train.Architecture != TrainArchitecture.TopK || run.Device != device) continue;
            if (catalog.ModelByPath(run.Plan.ModelPath) is not { } model) continue;
            var speed = StageRates.Speed(rate, train.Latents, model.Width);
            if (columns >= enough) return speed;
            fastestShort = Math.Max(fastestShort ?? 0, speed);
        }
        return fastestShort;
    }
}

/// <summary>Estimates a run's time by <see cref="StageRates"/>; the training speed of an earlier run corrects for this machine, and the evaluation of one for evaluations.</summary>
public static class RunEstimator
{
    /// <summary>What a run costs before its first and after its last column: loading, medians, writing, seconds.</summary>
    private const double StageOverhead = 1.5;

    /// <param name="request">The run.</param>
    /// <param name="reused">Whether collecting is spared.</param>
    /// <param name="machine">This machine's speed relative to the one that the rates were measured on (<see cref="StageRates.Speed"/>); null: not known.</param>
    /// <param name="evaluating">The same of an earlier evaluation; null: none was measured, and its training speed must do.</param>
    public static RunEstimate Estimate(RunRequest request, bool reused, double? machine, double? evaluating = null)
    {
        var speed = machine ?? Guess;
        var (width, latents) = (request.Model.Width, request.Train.Latents);
        var statisticsColumns = (long)request.StatisticsClips * request.ColumnsPerClip;
        return new RunEstimate(
            reused ? 0 : StageOverhead + StageRates.Collect(request.CollectedColumns, request.Layer, width) / speed,
            StageOverhead + StageRates.Train(request.TrainedColumns, latents, width, StageRates.StepCost(request.Train.ChosenEngine(ComputeNames.IsGpu(request.Device)) == TrainEngine.Sparse)) / speed,
            StageOverhead + (StageRates.Collect(statisticsColumns, request.Layer, width) + StageRates.Index(request.CollectedColumns + statisticsColumns, latents, width)
                + StageRates.Describe(request.StatisticsClips, request.ColumnsPerClip) + StageRates.Finish(latents)) / speed,
            machine is not null)
        {
            EvaluateSeconds = Evaluate(request, evaluating ?? speed),
            DetectionSeconds = request.ChoosesClips ? StageRates.Detection(request.DetectionColumns, request.CollectedColumns, request.Layer, latents, width) / speed : 0,
        };
    }

    /// <summary>Seconds for choosing the clips that names are tested on, as a run of its own.</summary>
    /// <param name="columns">Columns of the clips that labels are made from and tested on.</param>
    /// <param name="stored">Those of them whose activations are kept.</param>
    /// <param name="layer">The layer that the SAE reads.</param>
    /// <param name="latents">Latents.</param>
    /// <param name="width">Their width.</param>
    /// <param name="machine">This machine's speed; null: not known.</param>
    public static double ClipChoice(long columns, long stored, int layer, int latents, int width, double? machine) =>
        StageOverhead + StageRates.Detection(columns, stored, layer, latents, width) / (machine ?? Guess);

    /// <summary>Seconds for measuring strength ladders, as a run of its own: two thirds of the strengths are reached before the music breaks.</summary>
    /// <param name="features">How many features.</param>
    /// <param name="settings">Seeds and lengths.</param>
    /// <param name="layers">Layers of the model.</param>
    /// <param name="width">Their width.</param>
    /// <param name="machine">This machine's speed; null: not known.</param>
    public static double Ladder(int features, LadderOptions settings, int layers, int width, double? machine)
    {
        ArgumentNullException.ThrowIfNull(settings);
        const int strengths = 16, frameRate = 50;
        var clips = settings.Seeds * (1 + features * strengths * 2.0 / 3);
        return StageOverhead + StageRates.Ladder(clips, settings.ReferenceClips, (int)(settings.Seconds * frameRate), layers, width) / (machine ?? Guess);
    }

    /// <summary>Seconds for measuring a difference of means, as a run of its own.</summary>
    /// <param name="columns">Columns of both sets of clips.</param>
    /// <param name="layer">Where it is measured.</param>
    /// <param name="width">Width of the model.</param>
    /// <param name="machine">This machine's speed; null: not known.</param>
    public static double Direction(long columns, int layer, int width, double? machine) => StageOverhead + StageRates.Collect(columns, layer, width) / (machine ?? Guess);

    /// <summary>Whether choosing the clips that names are tested on costs little compared with the rest of a run: the same on every machine, so that a form says the same.</summary>
    public static bool IsSmall(RunRequest request)
    {
        var estimate = Estimate(request with { ChoosesClips = true }, reused: false, machine: 1);
        return estimate.DetectionSeconds <= Math.Max(DetectionChoice.FewSeconds, DetectionChoice.SmallShare * (estimate.TotalSeconds - estimate.DetectionSeconds));
    }

    // Of a machine on which nothing was measured.
    private static double Guess => Math.Max(0.5, Environment.ProcessorCount / 2.0);

    private static double Evaluate(RunRequest request, double speed) => request.Evaluation is not { } evaluation ? 0
        : StageOverhead + StageRates.Evaluate((long)evaluation.Clips * request.ColumnsPerClip, request.Layer, request.Model.Layers, request.Model.Width) / speed;
}

/// <summary>How long a run will take.</summary>
/// <param name="CollectSeconds">0 when activations are reused.</param>
/// <param name="TrainSeconds">Seconds of training.</param>
/// <param name="IndexSeconds">Seconds of measuring every feature.</param>
/// <param name="Measured">Whether the rates were measured on this machine, on an earlier run.</param>
public sealed record RunEstimate(double CollectSeconds, double TrainSeconds, double IndexSeconds, bool Measured)
{
    /// <summary>Seconds of evaluation; 0: there is none.</summary>
    public double EvaluateSeconds { get; init; }

    /// <summary>Seconds for choosing the clips that names are tested on; 0: they are not.</summary>
    public double DetectionSeconds { get; init; }

    public double TotalSeconds => CollectSeconds + TrainSeconds + EvaluateSeconds + IndexSeconds + DetectionSeconds;
}
