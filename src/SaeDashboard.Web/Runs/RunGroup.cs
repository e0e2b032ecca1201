using SaeDashboard.Web.Jobs;

namespace SaeDashboard.Web.Runs;

/// <summary>What the list of runs shows together: the runs of a sweep, or one run.</summary>
/// <param name="Sweep">The sweep; null: one run of its own.</param>
/// <param name="Runs">Newest first.</param>
public sealed record RunGroup(string? Sweep, IReadOnlyList<RunView> Runs)
{
    /// <summary>Puts the runs of a sweep where the newest of them is.</summary>
    public static IReadOnlyList<RunGroup> Of(IReadOnlyList<RunView> runs) =>
        [.. runs.GroupBy(run => run.Plan.Sweep ?? run.Id).Select(group => new RunGroup(group.First().Plan.Sweep, [.. group]))];

    /// <summary>"4 of 6 ready, 1 running, 1 waiting; best explained variance 0.965: k 32, seed 1".</summary>
    public string Summary()
    {
        var done = Runs.Count(run => run.Status.State == RunState.Done);
        var parts = new List<string> { $"{done} of {Runs.Count} ready" };
        foreach (var (state, word) in new[]
        {
            (RunState.Running, "running"), (RunState.Queued, "waiting"), (RunState.Paused, "paused"), (RunState.Failed, "failed"),
            (RunState.Cancelled, "cancelled"), (RunState.Interrupted, "interrupted"), (RunState.Unreadable, "unreadable"),
        })
        {
            if (Runs.Count(run => run.Status.State == state) is > 0 and var count) parts.Add($"{count} {word}");
        }
        var best = Runs.Where(run => Result(run) is not null).MaxBy(Result);
        return string.Join(", ", parts) + (best is null ? "" : $"; best explained variance {RunText.Fixed(Result(best), 3)}: {best.Name}");
    }

    private static double? Result(RunView run) => RunWords.Metric(run, "heldOutExplainedVariance");
}
