using System.Text.RegularExpressions;
using SaeDashboard.Core.Runs;
using SaeDashboard.Web.Jobs;

namespace SaeDashboard.Web.Runs;

/// <summary>Which runs an address compares.</summary>
public static partial class RunSelection
{
    private const int DigitsCompared = 12;

    /// <summary>Runs that share a chart: more lines cannot be distinguished.</summary>
    public const int Max = 8;

    /// <summary>Runs that can be selected at once: their ids are in the address, which is about 3,000 characters then.</summary>
    public const int MaxSelected = 100;

    /// <summary>The runs that are compared, in the order of the address; of a sweep all of its runs, by their names, in which 2 comes before 16.</summary>
    /// <param name="registry">The runs there are.</param>
    /// <param name="ids">"run-a,run-b": ids without a run are ignored.</param>
    /// <param name="sweep">A sweep's name; null: none.</param>
    public static IReadOnlyList<RunView> Of(IRunRegistry registry, string? ids, string? sweep) => sweep is { Length: > 0 }
        ? [.. registry.Runs.Where(run => run.Plan.Sweep == sweep).OrderBy(run => Natural(run.Name), StringComparer.Ordinal)]
        : [.. Ids(ids).Select(registry.Find).OfType<RunView>().Take(Max)];

    /// <summary>The ids of an address, each once.</summary>
    public static IReadOnlyList<string> Ids(string? ids) =>
        [.. (ids ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct()];

    /// <summary>A name for sorting: 2 comes before 16.</summary>
    internal static string Natural(string name) => Numbers().Replace(name.Replace(",", "", StringComparison.Ordinal), match => match.Value.PadLeft(DigitsCompared, '0'));

    [GeneratedRegex(@"\d+", RegexOptions.None, 1000)]
    private static partial Regex Numbers();
}

/// <summary>What the list of runs shows together: the runs of a sweep, or one run.</summary>
/// <param name="Sweep">The sweep; null: one run of its own.</param>
/// <param name="Runs">Newest first.</param>
public sealed record RunGroup(string? Sweep, IReadOnlyList<RunView> Runs)
{
    /// <summary>Puts the runs of a sweep where the newest of them is.</summary>
    public static IReadOnlyList<RunGroup> Of(IReadOnlyList<RunView> runs) =>
        [.. runs.GroupBy(run => run.Plan.Sweep ?? run.Id).Select(group => new RunGroup(group.First().Plan.Sweep, [.. group]))];

    /// <summary>The run with the largest explained variance on held-out clips; null: none has any yet.</summary>
    public RunView? Best => Runs.Where(run => Result(run) is not null).MaxBy(Result);

    /// <summary>"4 of 6 ready, 1 running, 1 waiting".</summary>
    public string Progress()
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
        return string.Join(", ", parts);
    }

    /// <summary>"4 of 6 ready, 1 running, 1 waiting; best explained variance 0.965: k 32, seed 1".</summary>
    public string Summary() => Progress() + (Best is { } best ? $"; best explained variance {Format.Fixed(Result(best), 3)}: {best.Name}" : "");

    private static double? Result(RunView run) => RunFormatting.Metric(run, "heldOutExplainedVariance");
}

/// <summary>What a run's page shows beyond the list: a snapshot of its folder.</summary>
/// <param name="Checkpoints">The states it has saved, newest first.</param>
/// <param name="LastLines">The last lines of its log, when it ended badly.</param>
/// <param name="Stopping">Whether it was asked to stop and has not yet.</param>
/// <param name="Pausing">Whether it was asked to pause and has not yet.</param>
public sealed record RunDetails(IReadOnlyList<RunCheckpoint> Checkpoints, IReadOnlyList<string> LastLines, bool Stopping, bool Pausing)
{
    private const int LogLines = 12;

    public static RunDetails None { get; } = new([], [], false, false);

    /// <summary>Looks at the folder.</summary>
    public static RunDetails Read(IRunRegistry registry, string id, RunState state) => new(
        registry.Checkpoints(id),
        state is RunState.Failed or RunState.Interrupted or RunState.Unreadable ? registry.LogTail(id, LogLines) : [],
        registry.IsStopping(id), registry.IsPausing(id));
}
