using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;
using SaeDashboard.Sae.Activations;
using SaeDashboard.Sae.Training;
using SaeDashboard.Worker.CommandLine;

namespace SaeDashboard.Worker.Runs;

/// <summary><c>run</c>: collect → train → (evaluate) → index as one thing, as the site starts it.</summary>
internal sealed class RunVerb : Verb
{
    private const string Kept = "without it what the run's config.json says; what is given is kept there";

    private readonly Option<string> runOption = new("--run-dir") { Description = "Folder of the run, with its config.json (model, dataset, layer, training settings, where the SAE goes)", Required = true, HelpName = "dir" };
    private readonly Option<bool> resumeOption = new("--resume") { Description = "Continue where the run was stopped" };

    private readonly Option<string?> deviceOption = CommonOptions.Device(null, $"; {Kept}");
    private readonly Option<string?> typeOption = CommonOptions.DType(null, $"; {Kept}");

    public RunVerb() : base("run", "Collects activations, trains an SAE and indexes its features, or does a part of that, as the run folder's config.json says.",
        "run --run-dir data/runs/demo --resume")
    {
        Options.Add(runOption);
        Options.Add(resumeOption);
        Options.Add(deviceOption);
        Options.Add(typeOption);
    }

    public override VerbResult Run(VerbContext context) => Run(context, context.Get(runOption), context.Get(resumeOption), context.Find(deviceOption), context.Find(typeOption));

    /// <summary>Does what a run folder's config.json says.</summary>
    /// <param name="context">The command line.</param>
    /// <param name="folder">The run's folder.</param>
    /// <param name="resume">Whether it continues.</param>
    /// <param name="device">The device that was given; null: the config's.</param>
    /// <param name="type">The number type that was given; null: the config's.</param>
    /// <param name="only">The kind that the verb does; null: all.</param>
    /// <exception cref="UserException">The run is of another kind, cannot work, or was stopped.</exception>
    internal static VerbResult Run(VerbContext context, string folder, bool resume, string? device, string? type, RunKind? only = null)
    {
        var clock = Stopwatch.StartNew();
        var configPath = Path.Combine(folder, "config.json");
        var plan = JsonFile.Read<RunPlan>(configPath);
        if (only is { } kind && plan.Kind != kind) throw new UserException($"{configPath}: \"kind\" is \"{plan.Kind.Name()}\": the verb run does that.");
        using var run = RunFolder.Open(folder);
        if (!resume && RunFolder.ReadStatus(folder) is { } earlier)
            throw new UserException($"{folder} was begun already ({earlier.State.Name()}, {earlier.Stage.Name()}). Give --resume to continue it, or another --run-dir.");
        if (resume && type is not null && type != plan.ComputeType)
            throw new UserException($"{configPath}: the run began with dtype {plan.ComputeType}, and its activations are of that. Resume it without --dtype, or make a new run for {type}.");
        var compute = new RunCompute(plan, configPath, device, type);

        using var watch = new CancelWatch(run, context.Cancellation);
        if (!new RunPipeline(plan, compute, run, context.Progress, watch.Token).Run(resume))
            throw new UserException($"{folder}: stopped; what it made is kept. Continue with --resume.");

        var seconds = clock.Elapsed.TotalSeconds;
        var what = plan.Kind switch { RunKind.Train => "trained and indexed", RunKind.Detection => "clips to test names on chosen", RunKind.Ladder => "strength ladders measured", RunKind.Import => "imported", RunKind.Direction => "measured", _ => "indexed" };
        if (plan.Kind == RunKind.Import) return new VerbResult(new { dataset = plan.DatasetPath, run = folder, seconds }, string.Create(CultureInfo.InvariantCulture, $"{plan.DatasetPath}: {what} in {seconds:F1} s"));
        if (plan.Kind == RunKind.Direction && Path.Combine(folder, RunDirection.FileName) is var direction) return new VerbResult(new { direction, run = folder, seconds }, string.Create(CultureInfo.InvariantCulture, $"{direction}: {what} in {seconds:F1} s"));
        return new VerbResult(new { sae = plan.SaePath, run = folder, seconds }, string.Create(CultureInfo.InvariantCulture, $"{plan.SaePath}: {what} in {seconds:F1} s"));
    }
}

/// <summary>The options of a verb that can also do its work as a run with a folder of its own.</summary>
internal sealed class RunDirectoryOptions
{
    private readonly Option<string?> runOption;
    private readonly Option<bool> resumeOption = new("--resume") { Description = "With --run-dir: continue where the run was stopped" };

    /// <param name="verb">The verb.</param>
    /// <param name="what">What such a run is, for the help.</param>
    public RunDirectoryOptions(Command verb, string what)
    {
        runOption = new("--run-dir") { Description = $"Folder of a run with its config.json: {what}", HelpName = "dir" };
        verb.Options.Add(runOption);
        verb.Options.Add(resumeOption);
    }

    /// <summary>The run's folder; null: the verb is used without one.</summary>
    public string? Folder(VerbContext context) => context.Find(runOption);

    /// <summary>Does the run. Its config.json says on what it computes.</summary>
    public VerbResult Run(VerbContext context, string folder, RunKind kind) => RunVerb.Run(context, folder, context.Get(resumeOption), null, null, kind);
}

/// <summary><c>checkpoints</c>: a run's checkpoints, and which of them are pinned. Also while the run is running.</summary>
internal sealed class CheckpointsVerb : Verb
{
    private readonly Option<string> runOption = new("--run-dir") { Description = "Folder of the run", Required = true, HelpName = "dir" };
    private readonly Option<long[]> pinOption = new("--pin") { Description = "Keep the checkpoint of this step, however many come after it", HelpName = "step" };
    private readonly Option<long[]> unpinOption = new("--unpin") { Description = "Unpin the checkpoint of this step: it may be deleted when newer ones come", HelpName = "step" };

    public CheckpointsVerb() : base("checkpoints", "Lists the checkpoints of a run, and pins those to keep.",
        "checkpoints --run-dir data/runs/demo --pin 800")
    {
        Option[] all = [runOption, pinOption, unpinOption];
        foreach (var option in all) Options.Add(option);
    }

    public override VerbResult Run(VerbContext context)
    {
        var run = context.Get(runOption);
        foreach (var step in context.Find(pinOption) ?? []) RunCheckpoints.Pin(run, step);
        foreach (var step in context.Find(unpinOption) ?? []) RunCheckpoints.Unpin(run, step);

        var (checkpoints, best) = (RunCheckpoints.List(run), RunCheckpoints.Best(run));
        var lines = checkpoints.Select(one => string.Create(CultureInfo.InvariantCulture,
            $"{one.Step,12:N0}  {one.Time:yyyy-MM-dd HH:mm:ss}Z  {one.Bytes / 1e6,9:N1} MB{(one.Best ? $"  best: loss {best!.HeldOutLoss:G5} on held-out clips" : "")}{(one.Pinned ? "  pinned" : "")}"));
        return new VerbResult(new { run, best, checkpoints }, checkpoints.Count == 0 ? $"{run} has no checkpoints." : string.Join('\n', lines));
    }
}

/// <summary><c>export-checkpoint</c>: an SAE folder from any saved state of a run. Also while the run is at work.</summary>
internal sealed class ExportCheckpointVerb : Verb
{
    private readonly Option<string> runOption = new("--run-dir") { Description = "Folder of the run", Required = true, HelpName = "dir" };
    private readonly Option<long?> stepOption = new("--step") { Description = "The checkpoint's step (default: the newest; the verb checkpoints lists them)", HelpName = "step" };
    private readonly Option<bool> bestOption = new("--best") { Description = "The one with the smallest loss on the held-out clips" };
    private readonly Option<string?> activationsOption = new("--activations") { Description = "The activations it trains on, to measure it on the clips held out (default: those its config.json names, if they are there)", HelpName = "dir" };
    private readonly Option<string> outOption = CommonOptions.Out("SAE folder to make (it must not exist)");

    public ExportCheckpointVerb() : base("export-checkpoint", "Makes an SAE folder from a checkpoint of a run, as the end of the run does.",
        "export-checkpoint --run-dir data/runs/demo --best --out data/saes/best")
    {
        Option[] all = [runOption, stepOption, bestOption, activationsOption, outOption];
        foreach (var option in all) Options.Add(option);
        Validators.Add(result =>
        {
            if (result.GetValue(bestOption) && result.GetValue(stepOption) is not null) result.AddError("--best and --step contradict each other.");
        });
    }

    public override VerbResult Run(VerbContext context)
    {
        var run = context.Get(runOption);
        var step = context.Get(bestOption)
            ? RunCheckpoints.Best(run)?.Step ?? throw new UserException($"{run} has no best checkpoint: none was measured on held-out clips. Give --step.")
            : context.Find(stepOption);
        using var store = Activations(run, context.Find(activationsOption)) is { } folder ? ActivationStore.Open(folder) : null;
        if (store is null) context.Progress.Note("Its activations are not there: the SAE is not measured, and a threshold is the one that training averaged. Give --activations to do both.");
        var made = CheckpointExport.Export(new RunFork(run, step), context.Get(outOption), store, cancellation: context.Cancellation);
        var measured = made.HeldOut is { } held ? string.Create(CultureInfo.InvariantCulture, $", explained variance {held.ExplainedVariance:F4}, L0 {held.L0:F1} on held-out clips") : "";
        return new VerbResult(
            new { sae = made.Folder, run, step = made.Step, weightsHash = made.WeightsHash, heldOut = made.HeldOut },
            string.Create(CultureInfo.InvariantCulture, $"{made.Folder}: the SAE of step {made.Step:N0} of {run}{measured}. Index it with the verb index."));
    }

    /// <summary>The given folder, else the one that the run's settings name, if it is there.</summary>
    private static string? Activations(string run, string? given)
    {
        if (given is not null) return given;
        var settings = Path.Combine(run, "config.json");
        if (!File.Exists(settings)) return null;
        var found = JsonFile.Read<Settings>(settings);
        var path = found.ActivationsPath ?? found.CommandLine?.ActivationsPath;
        return path is { Length: > 0 } && File.Exists(Path.Combine(path, ActivationManifest.FileName)) ? path : null;
    }

    /// <summary>What is needed of a run's config.json, whether a pipeline's or a trainer's.</summary>
    private sealed record Settings(string? ActivationsPath, CommandLineRun? CommandLine);
}
