using AngleSharp.Dom;
using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;
using MudBlazor.Services;
using SaeDashboard.Storage;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Identity;
using SaeDashboard.Web.Jobs;
using SaeDashboard.Web.Runs;

namespace SaeDashboard.Web.Tests.Runs;

/// <summary>The list of runs as it is drawn.</summary>
public sealed class RunsPageTests : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private readonly BunitContext context = new();
    private readonly FakeRunRegistry runs = new();

    public ValueTask InitializeAsync()
    {
        var root = DataRoot.Open(folder["data"], folder["demo"]);
        context.JSInterop.Mode = JSRuntimeMode.Loose;
        context.Services.AddLogging().AddMudServices(options => options.PopoverOptions.CheckForPopoverProvider = false).AddSingleton(root).AddSingleton(TimeProvider.System).AddSingleton(Database.Open(root.Path));
        context.Services.AddSingleton<UserRepository>().AddSingleton<IRunRegistry>(runs).AddSingleton<SaeRuns>().AddSingleton<IPeopleNow, PeopleHere>().AddScoped<ActorAccessor>().AddScoped<PageWrites>().AddScoped<RunActions>();
        context.Services.AddSingleton<AuthenticationStateProvider, Door>();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await context.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public void Of_hundreds_of_runs_a_page_is_sent_and_the_address_says_which()
    {
        runs.Runs = [.. Enumerable.Range(0, 320).Select(i => Run($"r{i:D3}", RunState.Done))];
        var page = Show("runs");
        Assert.Equal(RunListQuery.PageSize, page.FindAll("[data-run]").Count);
        Assert.Equal("r319", page.Find("[data-run]").GetAttribute("data-run"));
        Assert.Equal("r019", Show("runs?page=7").Find("[data-run]").GetAttribute("data-run"));
        // Past the end is the last.
        Assert.Equal(20, Show("runs?page=900").FindAll("[data-run]").Count);
        Assert.Equal(["r000", "r001"], Show("runs?sort=name").FindAll("[data-run]").Take(2).Select(row => row.GetAttribute("data-run")));
    }

    [Fact]
    public void A_header_is_a_link_to_the_other_order_that_keeps_filters_and_selection()
    {
        runs.Runs = [Run("a", RunState.Done), Run("b", RunState.Failed)];
        var page = Show("runs?state=failed&select=a&sort=l0");
        Assert.Equal("descending", page.Find("th:has([data-sort=l0])").GetAttribute("aria-sort"));
        var link = page.Find("[data-sort=l0]").GetAttribute("href")!;
        Assert.All(["state=failed", "select=a", "sort=l0", "reverse=1"], part => Assert.Contains(part, link, StringComparison.Ordinal));
        Assert.Equal("b", Assert.Single(page.FindAll("[data-run]")).GetAttribute("data-run"));
        Assert.Null(page.Find("th:has([data-sort=name])").GetAttribute("aria-sort"));
        // A run that the filters leave out is still selected.
        Assert.Equal("1", page.Find("[data-selected]").GetAttribute("data-selected"));
    }

    [Fact]
    public void A_sweep_is_one_row_with_the_figures_of_its_best_run_until_it_is_opened()
    {
        var sweep = new[] { Run("a", RunState.Done, 0.7), Run("b", RunState.Done, 0.9), Run("c", RunState.Running) }.Select(run => run with { Plan = run.Plan with { Sweep = "Sweep of k" } });
        runs.Runs = [.. sweep, Run("d", RunState.Done, 0.5)];
        var page = Show("runs");
        Assert.Equal("d", Assert.Single(page.FindAll("[data-run]")).GetAttribute("data-run"));
        var row = page.Find("[data-sweep='Sweep of k']").ParentElement!;
        Assert.Contains("2 of 3 ready, 1 running; best explained variance 0.900", row.TextContent, StringComparison.Ordinal);
        Assert.Contains("0.900", row.QuerySelector("[data-label^='explained']")!.TextContent, StringComparison.Ordinal);
        page.Find("[data-sweep] button[aria-expanded]").Click();
        Assert.Equal(4, page.FindAll("[data-run]").Count);
        Assert.Equal("true", page.Find("[data-sweep] button[aria-expanded]").GetAttribute("aria-expanded"));
    }

    [Fact]
    public void Selected_runs_can_be_compared_up_to_eight_and_others_done_more_with()
    {
        runs.Runs = [.. Enumerable.Range(0, 12).Select(i => Run($"r{i:D2}", RunState.Done))];
        var few = Show("runs?select=r01,r02,unknown");
        Assert.Equal("runs/compare?runs=r01,r02", few.Find(".run-selection a").GetAttribute("href"));
        var many = Show($"runs?select={string.Join(',', runs.Runs.Select(run => run.Id))}");
        Assert.Empty(many.FindAll(".run-selection a"));
        Assert.Equal(["Clear selection", "Compare", "Tag…", "Cancel…", "Delete…"], many.FindAll(".run-selection button").Select(button => button.TextContent.Trim()));
        Assert.Equal(["Compare", "Cancel…"], many.FindAll(".run-selection button[disabled]").Select(button => button.TextContent.Trim()));
    }

    [Fact]
    public void A_row_is_drawn_again_when_its_run_changed_and_not_for_others()
    {
        runs.Runs = [Run("a", RunState.Running), Run("b", RunState.Done)];
        var page = Show("runs");
        var (a, b) = (Row("a").RenderCount, Row("b").RenderCount);
        runs.Runs = [runs.Runs[0] with { Latest = new Dictionary<string, double?> { ["l0"] = 31.5 } }, runs.Runs[1]];
        page.Render();
        Assert.Contains("31.5", page.Find("[data-run=a]").ParentElement!.TextContent, StringComparison.Ordinal);
        Assert.True(Row("a").RenderCount > a);
        Assert.Equal(b, Row("b").RenderCount);

        IRenderedComponent<Web.Runs.RunRow> Row(string id) => page.FindComponents<Web.Runs.RunRow>().Single(row => row.Instance.Run.Id == id);
    }

    private IRenderedComponent<RunsPage> Show(string address)
    {
        context.Services.GetRequiredService<NavigationManager>().NavigateTo(address);
        return context.Render<RunsPage>();
    }

    private static RunView Run(string id, RunState state, double? result = null) => RunSamples.View(state) with
    {
        Id = id, Name = id, CreatedUtc = DateTimeOffset.UnixEpoch,
        Latest = result is null ? new Dictionary<string, double?>() : new Dictionary<string, double?> { ["heldOutExplainedVariance"] = result },
    };

    private sealed class Door : AuthenticationStateProvider
    {
        public override Task<AuthenticationState> GetAuthenticationStateAsync() => Task.FromResult(new AuthenticationState(LocalPerson.Principal(new Actor("local", "Ada"))));
    }
}
