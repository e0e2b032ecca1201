using SaeDashboard.Web.Jobs;

namespace SaeDashboard.Web.Runs;

/// <summary>Which runs an address compares.</summary>
public static class RunSelection
{
    /// <summary>Runs that share a chart: more lines cannot be told from each other.</summary>
    public const int Most = 8;

    /// <summary>The runs that are compared, in the order of the address; of a sweep all of its runs, the first made first.</summary>
    /// <param name="registry">The runs there are.</param>
    /// <param name="ids">"run-a,run-b": what is no run (any more) is passed over.</param>
    /// <param name="sweep">A sweep's name; null: none.</param>
    public static IReadOnlyList<RunView> Of(IRunRegistry registry, string? ids, string? sweep) => sweep is { Length: > 0 }
        ? [.. registry.Runs.Where(run => run.Plan.Sweep == sweep).OrderBy(run => run.CreatedUtc).ThenBy(run => run.Name, StringComparer.Ordinal)]
        : [.. Ids(ids).Select(registry.Find).OfType<RunView>().Take(Most)];

    /// <summary>The ids of an address, each once.</summary>
    public static IReadOnlyList<string> Ids(string? ids) =>
        [.. (ids ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct()];
}
