using SaeDashboard.Storage;

namespace SaeDashboard.Web.Presets;

/// <summary>Where a preset comes from and what was made of it, by the hashes that presets carry of their parents: also across machines.</summary>
/// <param name="Ancestors">The preset it was made from, that one's parent and so on, the oldest first.</param>
/// <param name="Forks">What was made of it, each before its own forks.</param>
public sealed record PresetTree(IReadOnlyList<PresetAncestor> Ancestors, IReadOnlyList<PresetFork> Forks)
{
    private const int Deepest = 50;

    /// <summary>The tree around a preset, of those that a person may see.</summary>
    /// <param name="row">The preset.</param>
    /// <param name="visible">The presets that the person may see.</param>
    /// <param name="earlier">The contents of a preset's earlier revisions.</param>
    public static PresetTree Of(PresetRow row, IReadOnlyList<PresetRow> visible, Func<string, IEnumerable<string?>> earlier)
    {
        var byContent = new Dictionary<string, PresetRow>(StringComparer.Ordinal);
        // The oldest of several with one content is where it comes from.
        foreach (var each in visible.Reverse())
            foreach (var content in Contents(each, earlier)) byContent.TryAdd(content, each);
        var ancestors = new List<PresetAncestor>();
        var seen = new HashSet<string>(StringComparer.Ordinal) { row.Id };
        for (var parent = row.Parent; parent is not null && ancestors.Count < Deepest;)
        {
            var here = byContent.GetValueOrDefault(parent.Content);
            // A preset that was not changed since it was forked has its parent's content itself; then the parent is not here.
            if (here is not null && !seen.Add(here.Id)) here = null;
            ancestors.Add(new PresetAncestor(here?.Id, here?.Name ?? parent.Name, here?.Credit ?? here?.Author ?? parent.Author));
            parent = here?.Parent;
        }
        ancestors.Reverse();
        var forks = new List<PresetFork>();
        Add(row, 0);
        return new PresetTree(ancestors, forks);

        void Add(PresetRow of, int depth)
        {
            foreach (var fork in visible.Reverse().Where(each => each.Parent is { } parent && byContent.GetValueOrDefault(parent.Content)?.Id == of.Id))
            {
                if (forks.Count >= 500 || depth >= Deepest || !seen.Add(fork.Id)) continue;
                forks.Add(new PresetFork(fork, depth));
                Add(fork, depth + 1);
            }
        }
    }

    private static IEnumerable<string> Contents(PresetRow row, Func<string, IEnumerable<string?>> earlier) =>
        (row.Revision > 1 ? earlier(row.Id) : []).Append(row.Content).OfType<string>();
}

/// <summary>A preset that another was made from.</summary>
/// <param name="Id">Its id; null: it is not here.</param>
/// <param name="Name">Its name.</param>
/// <param name="Author">Who made it; null: not said.</param>
public sealed record PresetAncestor(string? Id, string Name, string? Author);

/// <summary>A preset that was made from another.</summary>
/// <param name="Row">The preset.</param>
/// <param name="Depth">0: made from the preset itself; 1: from one of its forks; and so on.</param>
public sealed record PresetFork(PresetRow Row, int Depth);
