using System.Text.RegularExpressions;
using SaeDashboard.Web.Jobs;

namespace SaeDashboard.Web.Runs;

/// <summary>Which runs an address compares.</summary>
public static partial class RunSelection
{
    private const int DigitsCompared = 12;

    /// <summary>Runs that share a chart: more lines cannot be distinguished.</summary>
    public const int Most = 8;

    /// <summary>The runs that are compared, in the order of the address; of a sweep all of its runs, by their names, in which 2 comes before 16.</summary>
    /// <param name="registry">The runs there are.</param>
    /// <param name="ids">"run-a,run-b": ids without a run are ignored.</param>
    /// <param name="sweep">A sweep's name; null: none.</param>
    public static IReadOnlyList<RunView> Of(IRunRegistry registry, string? ids, string? sweep) => sweep is { Length: > 0 }
        ? [.. registry.Runs.Where(run => run.Plan.Sweep == sweep).OrderBy(run => Numbers().Replace(run.Name.Replace(",", "", StringComparison.Ordinal), match => match.Value.PadLeft(DigitsCompared, '0')), StringComparer.Ordinal)]
        : [.. Ids(ids).Select(registry.Find).OfType<RunView>().Take(Most)];

    /// <summary>The ids of an address, each once.</summary>
    public static IReadOnlyList<string> Ids(string? ids) =>
        [.. (ids ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct()];

    [GeneratedRegex(@"\d+")]
    private static partial Regex Numbers();
}
