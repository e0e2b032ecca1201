using System.CommandLine;
using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;
using SaeDashboard.Sae.Activations;
using SaeDashboard.Sae.Training;
using SaeDashboard.Worker.CommandLine;

namespace SaeDashboard.Worker.Verbs;

/// <summary><c>export-checkpoint</c>: an SAE folder from any saved state of a run. Also while the run is at work.</summary>
internal sealed class ExportCheckpointVerb : Verb
{
    private readonly Option<string> runOption = new("--run-dir") { Description = "Folder of the run", Required = true, HelpName = "dir" };
    private readonly Option<long?> stepOption = new("--step") { Description = "The checkpoint's step (default: the newest; the verb checkpoints lists them)", HelpName = "step" };
    private readonly Option<bool> bestOption = new("--best") { Description = "The one with the smallest loss on the held-out clips" };
    private readonly Option<string?> activationsOption = new("--activations") { Description = "The activations it trains on, to measure it on the clips held out (default: those its config.json names, if they are there)", HelpName = "dir" };
    private readonly Option<string> outOption = CommonOptions.Out("SAE folder to make (it must not exist)");

    public ExportCheckpointVerb() : base("export-checkpoint", "Makes an SAE folder of a checkpoint of a run, as the run's end makes one.",
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
