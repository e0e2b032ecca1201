using System.Globalization;
using SaeDashboard.Web.Jobs;
using SaeDashboard.Web.Runs.Planning;

namespace SaeDashboard.Web.Runs;

/// <summary>Numbers of runs as people read them, in the invariant culture.</summary>
public static class Format
{
    /// <summary>Shown in place of a number that is not known yet.</summary>
    public const string None = "–";

    /// <summary>"42 s", "1 min 10 s", "2 h 5 min", "3 d 4 h".</summary>
    public static string Duration(double? seconds)
    {
        if (seconds is not { } value || !double.IsFinite(value)) return None;
        var whole = (long)Math.Ceiling(Math.Max(0, value));
        var (larger, smaller) = whole switch
        {
            < 60 => ($"{whole} s", ""),
            < 3600 => ($"{whole / 60} min", whole % 60 > 0 ? $"{whole % 60} s" : ""),
            < 86_400 => ($"{whole / 3600} h", whole % 3600 / 60 > 0 ? $"{whole % 3600 / 60} min" : ""),
            _ => ($"{whole / 86_400} d", whole % 86_400 / 3600 > 0 ? $"{whole % 86_400 / 3600} h" : ""),
        };
        return smaller.Length > 0 ? $"{larger} {smaller}" : larger;
    }

    /// <summary>"839 MB": decimal, three digits.</summary>
    public static string Bytes(long bytes)
    {
        var (number, prefix) = Scale(bytes);
        return $"{number} {prefix}B";
    }

    /// <summary>"1.64 M", "61.4 k", "512": three digits and a prefix.</summary>
    public static string Count(double? count)
    {
        if (count is not { } value || !double.IsFinite(value)) return None;
        var (number, prefix) = Scale(value);
        return prefix.Length > 0 ? $"{number} {prefix}" : number;
    }

    /// <summary>A number with the given number of decimals; a dash when it is not known.</summary>
    public static string Fixed(double? value, int decimals) =>
        value is { } number && double.IsFinite(number) ? number.ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) : None;

    /// <summary>"1,914".</summary>
    public static string Whole(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static (string Number, string Prefix) Scale(double value)
    {
        string[] prefixes = ["", "k", "M", "G", "T"];
        var at = 0;
        while (Math.Abs(value) >= 999.5 && at < prefixes.Length - 1) (value, at) = (value / 1000, at + 1);
        var decimals = at == 0 ? 0 : Math.Abs(value) < 9.995 ? 2 : Math.Abs(value) < 99.95 ? 1 : 0;
        return (value.ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture), prefixes[at]);
    }
}

/// <summary>A run's state in words.</summary>
public static class RunFormatting
{
    /// <summary>What Pause does.</summary>
    public const string PauseHint = "Saves a checkpoint and lets the next job run; Resume continues from there";

    /// <summary>The page's title: what happens now.</summary>
    public static string Title(RunView run) => run.Status.State switch
    {
        RunState.Queued => "Queued",
        RunState.Running => run.Status.Stage switch
        {
            StageName.Collect => "Collecting",
            StageName.Train => "Training",
            StageName.Evaluate => "Evaluating",
            StageName.Index => "Indexing",
            StageName.Import => "Importing",
            _ => "Running",
        },
        RunState.Done => "Ready",
        RunState.Failed => "Failed",
        RunState.Cancelled => "Cancelled",
        RunState.Paused => "Paused",
        RunState.Unreadable => "Unreadable",
        _ => "Interrupted",
    };

    /// <summary>The state in a word, for lists: the stage of a run at work, "ready" for one whose features are.</summary>
    public static string StateWord(RunView run) => run.Status.State switch
    {
        RunState.Running => Title(run).ToLowerInvariant(),
        RunState.Done when run.SaeReady => "ready",
        var state => state.Name(),
    };

    /// <summary>What a run that is not running needs to have said about it; null when its numbers say enough.</summary>
    public static string? Explanation(RunView run) => run.Status.State switch
    {
        RunState.Queued => run.Waiting ?? "Starting soon.",
        RunState.Done when run.Plan.Kind == RunKind.Import => "Done. The dataset is made.",
        RunState.Cancelled when run.Plan.Kind == RunKind.Import => "Cancelled. What is encoded is kept; you can resume it.",
        RunState.Paused when run.Plan.Kind == RunKind.Import => "Paused. What is encoded is kept; Resume continues from here.",
        RunState.Interrupted when run.Plan.Kind == RunKind.Import => "Its process ended unexpectedly: it was killed, memory ran out, or the machine stopped. It can resume with what is encoded.",
        RunState.Done when run.Plan.Kind == RunKind.Direction => "Done. The Studio offers it as a control.",
        RunState.Cancelled or RunState.Paused or RunState.Interrupted when run.Plan.Kind == RunKind.Direction => "It was stopped. Resume measures it from the beginning.",
        RunState.Done when run.SaeReady => "Done. Its features are ready.",
        RunState.Done when run.SaeMade => $"Its SAE is trained, but its features are not indexed yet. Index it on the Data page, or run scripts/worker.sh index --sae {run.Plan.SaePath}.",
        RunState.Done when run.HasSettings && HasPlace(run.Plan) => "Its SAE was moved or deleted.",
        RunState.Done => "Trained on the command line; its settings do not name the SAE's folder.",
        RunState.Cancelled => "Cancelled; checkpoint saved. You can resume it.",
        RunState.Paused => "Paused; checkpoint saved. Resume continues from here.",
        RunState.Failed => "It stopped with an error.",
        RunState.Unreadable => "Its folder cannot be read.",
        RunState.Interrupted => "Its process ended unexpectedly: it was killed, memory ran out, or the machine stopped. It can resume from its last checkpoint.",
        _ => null,
    };

    /// <summary>"TopK, layer 4, 2,048 latents, k 32".</summary>
    public static string Settings(RunPlan plan)
    {
        if (plan.Kind == RunKind.Import) return $"import of {Path.GetFileName(plan.Import?.Folder ?? "")} as the dataset {Path.GetFileName(plan.DatasetPath)}";
        if (plan.Kind == RunKind.Detection) return $"clips to test names of {Path.GetFileName(plan.SaePath)} on, from {Path.GetFileName(plan.DatasetPath)}";
        if (plan.Ladder is { } ladder) return $"strength {(ladder.Features.Count == 1 ? "ladder" : "ladders")} of {string.Join(", ", ladder.Features.Take(8))}{(ladder.Features.Count > 8 ? " …" : "")} in {Path.GetFileName(plan.SaePath)}";
        if (plan.Direction is { } direction) return $"difference of means at {plan.Hook.Words}: {Sets(direction)}, from {Path.GetFileName(plan.DatasetPath)}";
        if (plan.Kind == RunKind.Index) return $"index of {Path.GetFileName(plan.SaePath)} on {Path.GetFileName(plan.DatasetPath)}";
        var (train, architecture) = (plan.Train.Values, Architecture(plan));
        var parts = new List<string> { architecture.Name };
        if (HasPlace(plan)) parts.Add(plan.Hook.Words);
        parts.Add($"{Format.Whole(train.Latents)} latents");
        if (architecture.UsesK) parts.Add($"k {Format.Whole(train.K)}");
        if (ComputeNames.IsGpu(plan.Device)) parts.Add($"on {plan.Device}");
        if (plan.ComputeType != ComputeNames.Float32) parts.Add($"in {plan.ComputeType}");
        return string.Join(", ", parts);
    }

    /// <summary>"“organ” − all others".</summary>
    public static string Sets(RunDirection direction)
    {
        return $"{Words(direction.Positive)} − {(direction.Negative is { } negative ? Words(negative) : "all others")}";

        // Half of a run's name.
        static string Words(ClipSet set) => set.Caption is { } text ? $"“{(text.Length > 40 ? text[..39] + "…" : text)}”" : set.Ids is [_] ? "1 chosen clip" : $"{Format.Whole(set.Ids?.Count ?? 0)} chosen clips";
    }

    /// <summary>Whether it is known where in the model the run's activations are from. Old runs of the command line do not say.</summary>
    public static bool HasPlace(RunPlan plan) => plan.ModelPath.Length > 0 || plan.SaePath.Length > 0;

    /// <summary>What a list says below the name: its settings or, where the name says those already, the rest of them.</summary>
    public static string Below(RunView run)
    {
        if (!run.HasSettings) return "settings unknown";
        var train = run.Plan.Train.Values;
        return run.Name == RunRequest.DefaultName(train, run.Plan.Hook)
            ? $"{Architecture(run.Plan).Name}, {Format.Whole(train.Steps)} steps of {Format.Whole(train.Batch)} columns, seed {Format.Whole(train.Seed)}"
            : Settings(run.Plan);
    }

    /// <summary>What a plan trains.</summary>
    public static TrainArchitectureInfo Architecture(RunPlan plan) => TrainArchitectures.Of(plan.Train.Values.Architecture);

    /// <summary>Seconds to the end of the run; null when not known or not running.</summary>
    public static double? Eta(RunView run) => run.Status.State == RunState.Running ? run.Status.TotalEtaSeconds ?? run.Status.EtaSeconds : null;

    /// <summary>The share of the whole run that is done, 0 to 1: each stage that has to be done counts the same.</summary>
    public static double Fraction(RunView run)
    {
        var status = run.Status;
        if (status.State == RunState.Done) return 1;
        if (status.Stages is not { Count: > 0 } stages) return status.Total > 0 ? Math.Clamp((double)status.Step / status.Total, 0, 1) : 0;
        return Math.Clamp(stages.Where(stage => stage.State != StageState.Reused).Select(stage => stage.State == StageState.Done ? 1 : stage.Fraction).DefaultIfEmpty().Average(), 0, 1);
    }

    /// <summary>The newest explained variance, and whether it is of held-out clips: a run without them has only that of its training.</summary>
    public static (double? Value, bool IsHeldOut) ExplainedVariance(RunView run) =>
        Metric(run, "heldOutExplainedVariance") is { } heldOut ? (heldOut, true) : (Metric(run, "explainedVariance"), false);

    /// <summary>The newest value of a metric; null when there is none.</summary>
    public static double? Metric(RunView run, params string[] names) =>
        names.Select(name => run.Latest.GetValueOrDefault(name)).FirstOrDefault(value => value is not null);
}
