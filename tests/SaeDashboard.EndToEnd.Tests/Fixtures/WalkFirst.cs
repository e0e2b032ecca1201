using Xunit.Sdk;
using Xunit.v3;

namespace SaeDashboard.EndToEnd.Tests.Fixtures;

/// <summary>Folders in the order of a visit, so that the pages are looked at when a run, takes and labels are there. Every class also passes alone.</summary>
public sealed class WalkFirst : ITestCollectionOrderer
{
    private static readonly string[] Order = [".Start.", ".Walk.", ".Pages.", ".Restart.", ".Container."];

    /// <inheritdoc/>
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderBy(each => Array.FindIndex(Order, part => each.TestCollectionDisplayName.Contains(part, StringComparison.Ordinal)))
            .ThenBy(each => each.TestCollectionDisplayName, StringComparer.Ordinal)];
}
