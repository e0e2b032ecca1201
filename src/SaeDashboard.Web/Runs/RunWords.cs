using SaeDashboard.Core.Compute;
using SaeDashboard.Core.Runs;
using SaeDashboard.Web.Jobs;
using SaeDashboard.Web.Runs.Planning;

namespace SaeDashboard.Web.Runs;

/// <summary>A run's state in words.</summary>
public static class RunWords
{
    /// <summary>What Pause does.</summary>
    public const string PauseHint = "Saves a checkpoint and makes room for the next job; Resume goes on from there";

    /// <summary>The page's title: what happens now.</summary>
    public static string Title(RunView run) => run.Status.State switch
    {
        RunStates.Queued => "Waiting",
        RunStates.Running => run.Status.Stage switch
        {
            "collect" => "Collecting",
            "train" => "Training",
            "index" => "Indexing",
            _ => "Running",
        },
        RunStates.Done => "Ready",
        RunStates.Failed => "Failed",
        RunStates.Cancelled => "Cancelled",
        RunStates.Paused => "Paused",
        RunStates.Unreadable => "Unreadable",
        _ => "Interrupted",
    };

    /// <summary>What a run that is not running needs to have said about it; null when its numbers say enough.</summary>
    public static string? Explanation(RunView run) => run.Status.State switch
    {
        RunStates.Queued => run.Waiting ?? "It starts in a moment.",
        RunStates.Done => run.SaeReady ? "Its features can be listened to." : "Its SAE is no longer where it was put.",
        RunStates.Cancelled => "It was stopped and has kept its state: it can go on from there.",
        RunStates.Paused => "It has kept its state and made room for others: it goes on from there when you resume it.",
        RunStates.Failed => "It stopped with an error.",
        RunStates.Unreadable => "Its folder cannot be read.",
        RunStates.Interrupted => "Its process ended without saying why: killed, out of memory, or the machine stopped. It can go on from its last checkpoint.",
        _ => null,
    };

    /// <summary>"TopK, layer 4, 2,048 latents, k 32".</summary>
    public static string Settings(RunPlan plan)
    {
        if (plan.Kind == RunKind.Index) return $"index of {Path.GetFileName(plan.SaePath)} on {Path.GetFileName(plan.DatasetPath)}";
        var parts = new List<string> { Architecture(plan).Name };
        if (HasPlace(plan)) parts.Add(plan.Hook.Words);
        if (Number(plan, "latents") is { } latents) parts.Add($"{RunText.Whole((long)latents)} latents");
        if (Architecture(plan).HasK && Number(plan, "k") is { } k) parts.Add($"k {RunText.Whole((long)k)}");
        if (ComputeNames.IsGpu(plan.Device)) parts.Add($"on {plan.Device}");
        if (plan.ComputeType != ComputeNames.Float32) parts.Add($"in {plan.ComputeType}");
        return string.Join(", ", parts);
    }

    /// <summary>Whether it is known where in the model the run's activations are from. Old runs of the command line do not say.</summary>
    public static bool HasPlace(RunPlan plan) => plan.ModelPath.Length > 0 || plan.SaePath.Length > 0;

    /// <summary>What a list says below the name: its settings or, where the name says those already, the rest of them.</summary>
    public static string Below(RunView run) =>
        Number(run.Plan, "latents") is { } latents && Number(run.Plan, "k") is { } k && run.Name == RunRequest.DefaultName(Architecture(run.Plan), run.Plan.Hook, (int)latents, (int)k)
            ? $"{Architecture(run.Plan).Name}, {RunText.Whole((long)(Number(run.Plan, "steps") ?? 0))} steps of {RunText.Whole((long)(Number(run.Plan, "batch") ?? 0))} columns, seed {RunText.Whole((long)(Number(run.Plan, "seed") ?? 0))}"
            : Settings(run.Plan);

    /// <summary>What a plan trains.</summary>
    public static ArchitectureChoice Architecture(RunPlan plan) =>
        ArchitectureChoice.Find(plan.Train["architecture"]?.ToString() ?? "") ?? ArchitectureChoice.TopK;

    /// <summary>A setting of the trainer; the default run's when the plan leaves it out.</summary>
    public static double? Number(RunPlan plan, string name)
    {
        if (plan.Train[name] is System.Text.Json.Nodes.JsonValue value && double.TryParse(value.ToString(), System.Globalization.CultureInfo.InvariantCulture, out var number)) return number;
        return name switch { "latents" => 2048, "k" => 32, "batch" => 1024, "steps" => 1600, "seed" => 0, _ => null };
    }

    /// <summary>Seconds to the end of the run; null when not known or not running.</summary>
    public static double? Eta(RunView run) => run.Status.State == RunStates.Running ? run.Status.TotalEtaSeconds ?? run.Status.EtaSeconds : null;

    /// <summary>The share of the whole run that is done, 0 to 1: each stage that has to be done counts the same.</summary>
    public static double Fraction(RunView run)
    {
        var status = run.Status;
        if (status.State == RunStates.Done) return 1;
        if (status.Stages is not { Count: > 0 } stages) return status.Total > 0 ? Math.Clamp((double)status.Step / status.Total, 0, 1) : 0;
        return Math.Clamp(stages.Where(stage => stage.State != "reused").Select(stage => stage.State == "done" ? 1 : stage.Fraction).DefaultIfEmpty().Average(), 0, 1);
    }

    /// <summary>The newest explained variance, and whether it is of held-out clips: a run without them has only that of its training.</summary>
    public static (double? Value, bool IsHeldOut) ExplainedVariance(RunView run) =>
        Metric(run, "heldOutExplainedVariance") is { } heldOut ? (heldOut, true) : (Metric(run, "explainedVariance"), false);

    /// <summary>The newest value of a metric; null when there is none.</summary>
    public static double? Metric(RunView run, params string[] names) =>
        names.Select(name => run.Latest.GetValueOrDefault(name)).FirstOrDefault(value => value is not null);
}
