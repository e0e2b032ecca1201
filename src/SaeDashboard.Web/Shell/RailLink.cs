using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;

namespace SaeDashboard.Web.Shell;

/// <summary>A link of the rail. It is marked also on pages that belong to its topic but have addresses of their own: the atlas belongs to Features.</summary>
public sealed class RailLink : NavLink
{
    /// <summary>First parts of the addresses of those pages.</summary>
    [Parameter] public IReadOnlyList<string> Also { get; set; } = [];

    [Inject] private NavigationManager Here { get; set; } = null!;

    /// <inheritdoc/>
    protected override bool ShouldMatch(string uriAbsolute) =>
        base.ShouldMatch(uriAbsolute) || (Also.Count > 0 && Also.Contains(Here.ToBaseRelativePath(uriAbsolute).Split('/', '?', '#')[0], StringComparer.Ordinal));
}
