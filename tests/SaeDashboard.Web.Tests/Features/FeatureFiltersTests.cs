using Bunit;
using SaeDashboard.Web.Features;

namespace SaeDashboard.Web.Tests.Features;

/// <summary>The fields above a list of features.</summary>
public sealed class FeatureFiltersTests : IAsyncLifetime
{
    private readonly BunitContext page = new();
    private FeatureQuery? asked;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => page.DisposeAsync();

    [Fact]
    public void A_minimum_above_the_maximum_is_said()
    {
        Assert.Contains("above the maximum", Show(new FeatureQuery { MinDensity = 50, MaxDensity = 10 }).Find("[role=alert]").TextContent, StringComparison.Ordinal);
        Assert.Empty(Show(new FeatureQuery { MinDensity = 5, MaxDensity = 10 }).FindAll("[role=alert]"));
    }

    [Theory]
    [InlineData(null, null, false, "1–25%")]
    [InlineData(0.1, null, false, "0.1–25%")]
    [InlineData(null, null, true, "any")]
    [InlineData(30.0, null, true, "30–100%")]
    public void The_line_says_the_range_as_it_was_typed(double? min, double? max, bool all, string range)
    {
        var filters = Show(new FeatureQuery { MinDensity = min, MaxDensity = max, All = all });
        Assert.Equal(range, filters.Find("summary b").TextContent);
        Assert.Equal(min < 1, filters.FindAll(".hint").Count > 0);
    }

    [Fact]
    public void A_change_asks_for_the_first_page_and_clearing_keeps_the_order()
    {
        var filters = Show(new FeatureQuery { Page = 3, Sort = FeatureSort.Density, MinMaximum = 1 });
        filters.Find("#label-status").Change(nameof(LabelFilter.Unlabelled));
        Assert.Equal((1, LabelFilter.Unlabelled, 1.0), (asked!.Page, asked.Label, asked.MinMaximum));
        filters.FindAll("button").Single(button => button.TextContent.Contains("Clear filters", StringComparison.Ordinal)).Click();
        Assert.Equal((FeatureSort.Density, null), (asked.Sort, asked.MinMaximum));
    }

    private IRenderedComponent<FeatureFilters> Show(FeatureQuery query) => page.Render<FeatureFilters>(with => with
        .Add(filters => filters.Query, query)
        .Add(filters => filters.Changed, changed => asked = changed));
}
