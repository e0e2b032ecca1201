namespace SaeDashboard.Web.Features;

/// <summary>One page of a list of features.</summary>
/// <param name="Rows">At most <see cref="Size"/>.</param>
/// <param name="Page">Which, from 1: the one asked for, or the last there is.</param>
/// <param name="Total">Features on all pages.</param>
/// <param name="All">Features of the dictionary.</param>
public sealed record FeaturePage(IReadOnlyList<FeatureRow> Rows, int Page, int Total, int All)
{
    /// <summary>Rows a page.</summary>
    public const int Size = 50;

    /// <summary>Whether the open feature, if there is one, is in the list.</summary>
    public bool Contains { get; init; } = true;

    /// <summary>The feature before which the open feature would be, if the query excludes it; null: it would be last.</summary>
    public int? Gap { get; init; }

    /// <summary>Pages there are, at least 1.</summary>
    public int Pages => Math.Max(1, (Total + Size - 1) / Size);
}
