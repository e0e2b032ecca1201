using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor.Services;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Identity;
using Microsoft.AspNetCore.Components.Authorization;

namespace SaeDashboard.Web.Tests.Features;

/// <summary>The fields above and next to a list of features.</summary>
public sealed class FeatureFiltersTests : IAsyncLifetime
{
    private static readonly FeatureListRow Mine = new("list-1", "Low drums", "aa", [3, 8], "ann", "Ann", true, DateTimeOffset.UnixEpoch, null);
    private static readonly FeatureListRow Bobs = new("list-2", "Winds", "aa", [3], "bob", "Bob", true, DateTimeOffset.UnixEpoch, null);

    private readonly BunitContext page = new();
    private readonly TemporaryFolder folder = new();
    private FeatureQuery? asked;

    public ValueTask InitializeAsync()
    {
        page.JSInterop.Mode = JSRuntimeMode.Loose;
        page.Services.AddMudServices();
        page.Services.AddSingleton(Database.Open(Directory.CreateDirectory(folder["data"]).FullName)).AddSingleton<IStoreAccess>(new CountingStore());
        page.Services.AddSingleton<FeatureListRepository>().AddSingleton<SavedViewRepository>().AddSingleton<UserRepository>().AddSingleton<FeatureLists>();
        page.Services.AddSingleton<IPeopleNow, PeopleHere>().AddScoped<ActorAccessor>().AddScoped<PageWrites>().AddScoped<FeatureListActions>().AddSingleton<AuthenticationStateProvider, Door>();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await page.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public void A_minimum_above_the_maximum_is_said()
    {
        Assert.Contains("above the maximum", ShowFacets(new FeatureQuery { MinDensity = 50, MaxDensity = 10 }).Find("[role=alert]").TextContent, StringComparison.Ordinal);
        Assert.Empty(ShowFacets(new FeatureQuery { MinDensity = 5, MaxDensity = 10 }).FindAll("[role=alert]"));
        Assert.Single(ShowFacets(new FeatureQuery { MinDensity = 0.1 }).FindAll(".hint"));
    }

    [Fact]
    public async Task A_typed_range_asks_for_the_first_page()
    {
        var facets = ShowFacets(new FeatureQuery { Page = 3, Sort = FeatureSort.Density, MinMaximum = 1 });
        await facets.Find("[aria-label='Minimum, % of columns']").ChangeAsync(new ChangeEventArgs { Value = "0.5" });
        Assert.Equal((1, 0.5, 1.0, FeatureSort.Density), (asked!.Page, asked.LeastColumns, asked.MinMaximum, asked.Sort));
    }

    [Fact]
    public void A_facet_leads_to_its_choice_and_a_chosen_one_takes_it_back()
    {
        var facets = ShowFacets(new FeatureQuery { Label = LabelFilter.Labelled, Page = 2 });
        var labelled = facets.FindAll("a.option").Single(link => link.TextContent.StartsWith("Labelled", StringComparison.Ordinal));
        Assert.Equal(("features/demo", "true", "Labelled5"), (labelled.GetAttribute("href"), labelled.GetAttribute("aria-current"), labelled.TextContent));
        Assert.Equal("features/demo?label=suggested", facets.FindAll("a.option").Single(link => link.TextContent.StartsWith("Unlabelled, suggested", StringComparison.Ordinal)).GetAttribute("href"));
        Assert.Equal("features/demo?least=0.1&most=0.3&label=labelled", facets.FindAll(".bars a")[6].GetAttribute("href"));
    }

    [Fact]
    public void Features_with_comments_are_a_choice_with_their_number()
    {
        var option = ShowFacets(FeatureQuery.Default).FindAll("a.option").Single(link => link.TextContent.StartsWith("Has comments", StringComparison.Ordinal));
        Assert.Equal(("features/demo?commented=1", "Has comments4", null), (option.GetAttribute("href"), option.TextContent, option.GetAttribute("aria-current")));
        option = ShowFacets(new FeatureQuery { Commented = true }).FindAll("a.option").Single(link => link.TextContent.StartsWith("Has comments", StringComparison.Ordinal));
        Assert.Equal(("features/demo", "true"), (option.GetAttribute("href"), option.GetAttribute("aria-current")));
    }

    [Fact]
    public void Lists_of_others_name_their_owner_and_have_no_menu()
    {
        var facets = ShowFacets(FeatureQuery.Default);
        Assert.Equal(["Low drums (shared)2", "Winds (Bob)1"], facets.FindAll("[data-list] a").Select(link => link.TextContent));
        Assert.Equal([1, 0], facets.FindAll("[data-list]").Select(item => item.QuerySelectorAll(".actions-menu").Length > 0 ? 1 : 0));
    }

    [Fact]
    public void Chips_take_a_filter_off_and_Clear_keeps_the_order()
    {
        var filters = page.Render<FeatureFilters>(with => with
            .Add(each => each.Query, new FeatureQuery { Text = "drum", Label = LabelFilter.Unlabelled, Sort = FeatureSort.Density, Page = 9 })
            .Add(each => each.SaeId, "demo").Add(each => each.Changed, changed => asked = changed));
        var chips = filters.FindAll("a.chip");
        Assert.Equal("features/demo?q=drum&sort=density&all=1&label=unlabelled", chips[0].GetAttribute("href"));
        Assert.Equal("features/demo?q=drum&sort=density", chips[1].GetAttribute("href"));
        Assert.Equal("features/demo?sort=density", filters.Find("a.clear").GetAttribute("href"));
        filters.Find("button[aria-label='Clear the search']").Click();
        Assert.Equal(("", LabelFilter.Unlabelled, 1), (asked!.Text, asked.Label, asked.Page));
    }

    [Fact]
    public void What_an_address_does_not_make_plain_is_said_and_closing_it_leaves_the_rest()
    {
        page.Services.GetRequiredService<Microsoft.AspNetCore.Components.NavigationManager>().NavigateTo("features/demo?sort=zzz&q=drum&max=500");
        var notice = page.Render<AddressNotice>(with => with.Add(each => each.Refused, FeatureParameters.Refused("?sort=zzz&q=drum&max=500")));
        Assert.Contains("sort is “zzz”; it is one of agreement", notice.Find("[role=status]").TextContent, StringComparison.Ordinal);
        Assert.Contains("max is “500”", notice.Find("[role=status]").TextContent, StringComparison.Ordinal);
        Assert.EndsWith("/features/demo?q=drum", notice.Find("a").GetAttribute("href"), StringComparison.Ordinal);
        Assert.Equal("", page.Render<AddressNotice>(with => with.Add(each => each.Refused, [])).Markup.Trim());
    }

    [Fact]
    public void Where_nothing_is_listed_nothing_is_offered_for_a_list_or_a_file()
    {
        Assert.Empty(ShowSelection(0).FindAll("button, a"));
        Assert.Equal("Add all 7 to a list…", ShowSelection(7).Find("button").TextContent);
        Assert.Contains(ShowSelection(0, 3).FindAll("button"), button => button.TextContent == "Add 1 feature to a list…");
    }

    private IRenderedComponent<FeatureSelectionBar> ShowSelection(int total, params int[] selected) => page.Render<FeatureSelectionBar>(with => with
        .Add(bar => bar.SaeId, "demo").Add(bar => bar.SaeHash, "aa").Add(bar => bar.Query, FeatureQuery.Default).Add(bar => bar.Selected, selected).Add(bar => bar.Total, total).Add(bar => bar.Shown, () => []));

    private IRenderedComponent<FeatureFacets> ShowFacets(FeatureQuery query) => page.Render<FeatureFacets>(with => with
        .Add(facets => facets.Query, query).Add(facets => facets.SaeId, "demo").Add(facets => facets.Reader, "ann")
        .Add(facets => facets.Facets, FacetCounts.None with { Labelled = 5, Commented = 4, Lists = [(Mine, 2), (Bobs, 1)] })
        .Add(facets => facets.Changed, changed => asked = changed));

    private sealed class Door : AuthenticationStateProvider
    {
        public override Task<AuthenticationState> GetAuthenticationStateAsync() => Task.FromResult(new AuthenticationState(LocalPerson.Principal(new Actor("ann", "Ann"))));
    }
}
