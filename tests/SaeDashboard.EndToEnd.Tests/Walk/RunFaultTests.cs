using System.Text.RegularExpressions;
using Microsoft.Extensions.Time.Testing;
using Microsoft.Playwright;
using SaeDashboard.Core.Runs;
using SaeDashboard.EndToEnd.Tests.Fixtures;
using SaeDashboard.EndToEnd.Tests.Pages;

namespace SaeDashboard.EndToEnd.Tests.Walk;

/// <summary>Runs: nothing is lost by one stray press, and what was typed or chosen is still there when one comes back.</summary>
public sealed class RunFaultTests(SharedSite shared, BrowserFixture browser)
{
    private static readonly PageGetByRoleOptions Undo = new() { Name = "Undo", Exact = true };

    [Fact]
    public async Task A_second_click_on_Delete_hits_no_other_run_and_the_row_brings_the_first_back()
    {
        var site = await shared.GetAsync();
        // The list shows these two alone: a run that another test writes would move the rows under the pointer.
        var day = new FakeTimeProvider(new DateTimeOffset(2025, 3, 1, 10, 15, 0, TimeSpan.Zero));
        var older = WrittenRun.Write(site, RunState.Done, clock: day);
        day.Advance(TimeSpan.FromSeconds(1));
        var newer = WrittenRun.Write(site, RunState.Done, clock: day);
        await WrittenRun.IsKnownAsync(site, older);
        await WrittenRun.IsKnownAsync(site, newer);
        await using var visit = await browser.OpenAsync(site, "runs?q=run-20250301");
        var page = visit.Page;
        var row = page.Locator($"tr:has([data-run='{newer}'])");
        await row.WaitForAsync();
        var menu = row.Locator(".mud-menu button");
        var box = (await menu.BoundingBoxAsync())!;
        await menu.ClickAsync();
        await page.GetByRole(AriaRole.Menuitem, new PageGetByRoleOptions { Name = "Delete", Exact = true }).ClickAsync();
        await Poll.UntilAsync("the run is in the trash", TimeSpan.FromSeconds(15), () => !Directory.Exists(Path.Combine(site.Data, "runs", newer)));
        await Assertions.Expect(row.GetByText("Deleted")).ToBeVisibleAsync();
        // Its row has kept its place.
        await page.Mouse.ClickAsync(box.X + box.Width / 2, box.Y + box.Height / 2);
        await Task.Delay(1000, TestContext.Current.CancellationToken);
        await Assertions.Expect(page.GetByRole(AriaRole.Menuitem)).ToHaveCountAsync(0);
        Assert.True(Directory.Exists(Path.Combine(site.Data, "runs", older)), "the next run went too");
        await row.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Undo" }).ClickAsync();
        await Poll.UntilAsync("the run is back", TimeSpan.FromSeconds(15), () => Directory.Exists(Path.Combine(site.Data, "runs", newer)));
        await Assertions.Expect(menu).ToBeVisibleAsync();
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task What_was_deleted_is_listed_on_the_data_page_and_comes_back()
    {
        var site = await shared.GetAsync();
        var run = WrittenRun.Write(site, RunState.Done);
        await WrittenRun.IsKnownAsync(site, run);
        await using var visit = await browser.OpenAsync(site, $"runs/{run}");
        var page = visit.Page;
        await page.GetByTitle("Delete", new PageGetByTitleOptions { Exact = true }).ClickAsync();
        await Assertions.Expect(page.Locator(".mud-snackbar")).ToContainTextAsync("stays");
        await Poll.UntilAsync("the run is in the trash", TimeSpan.FromSeconds(15), () => !Directory.Exists(Path.Combine(site.Data, "runs", run)));
        await visit.GoAsync("data");
        var row = page.Locator($"[data-deleted='{run}']");
        await Assertions.Expect(row).ToContainTextAsync("run");
        await row.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Restore" }).ClickAsync();
        await Assertions.Expect(row).ToHaveCountAsync(0);
        Assert.True(Directory.Exists(Path.Combine(site.Data, "runs", run)));
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task A_key_that_cancels_a_run_offers_Undo()
    {
        var site = await shared.GetAsync();
        using var work = WrittenRun.Begin(site, step: 350);
        var run = Path.GetFileName(work.Path);
        await WrittenRun.IsKnownAsync(site, run);
        await using var visit = await browser.OpenAsync(site, $"runs/{run}");
        var page = visit.Page;
        await Assertions.Expect(page.Locator("[data-run]")).ToHaveAttributeAsync("data-state", "running");
        await page.Keyboard.PressAsync("x");
        await Poll.UntilAsync("the worker is asked to stop", TimeSpan.FromSeconds(15), () => work.EndRequested);
        await page.GetByRole(AriaRole.Button, Undo).ClickAsync();
        await Poll.UntilAsync("the request is taken back", TimeSpan.FromSeconds(15), () => !work.EndRequested);
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Cancel", Exact = true })).ToBeEnabledAsync();
        // Not cancelled: Undo would resume it with a real worker, which the runs of other tests would wait for.
        work.Report(StageName.Train, RunState.Done, 350, WrittenRun.Steps, 0, null);
        visit.AssertNoFaults();
    }

    /// <summary>The axis of a run that ended early is still that of the whole run.</summary>
    [Theory]
    [InlineData(RunState.Paused)]
    [InlineData(RunState.Cancelled)]
    public async Task A_curve_that_ended_early_does_not_look_complete(RunState state)
    {
        var site = await shared.GetAsync();
        var run = WrittenRun.Write(site, state, step: 350);
        await WrittenRun.IsKnownAsync(site, run);
        await using var visit = await browser.OpenAsync(site, $"runs/{run}");
        await visit.Page.WaitForFunctionAsync("() => (document.querySelector('run-live')?.points?.length ?? 0) === 35");
        await visit.Page.WaitForFunctionAsync("end => document.querySelector('run-live').charts[0].end === end", WrittenRun.Batch * WrittenRun.Steps);
        await visit.GoAsync($"runs/compare?runs={run}");
        await visit.Page.WaitForFunctionAsync("end => document.querySelector('run-compare')?.charts.get('loss')?.end === end", WrittenRun.Batch * WrittenRun.Steps);
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task Compare_calls_runs_and_states_as_the_list_does()
    {
        var site = await shared.GetAsync();
        var parent = WrittenRun.Write(site, RunState.Done, sae: Path.Combine(Clone.Demo, "sae"));
        var fork = WrittenRun.Write(site, RunState.Cancelled, 200, (parent, 100));
        await WrittenRun.IsKnownAsync(site, fork);
        await using var visit = await browser.OpenAsync(site, $"runs/{parent}");
        var page = visit.Page;
        await page.GetByTitle("Rename", new PageGetByTitleOptions { Exact = true }).ClickAsync();
        await page.GetByLabel("Name of the run").FillAsync("Alpha of the fork");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.GetByText("Alpha of the fork").First).ToBeVisibleAsync();
        await visit.GoAsync($"runs/compare?runs={parent},{fork}");
        await Assertions.Expect(page.Locator("run-compare")).ToContainTextAsync("Alpha of the fork, step 100");
        await Assertions.Expect(page.Locator($"[data-compared='{parent}']")).ToContainTextAsync("ready");
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task Jobs_that_ended_are_in_the_order_of_their_ends()
    {
        var site = await shared.GetAsync();
        // Made first, ended last.
        var first = WrittenRun.Begin(site, step: 100);
        await Task.Delay(1100, TestContext.Current.CancellationToken);
        var second = WrittenRun.Write(site, RunState.Cancelled);
        await Task.Delay(1100, TestContext.Current.CancellationToken);
        first.Report(StageName.Train, RunState.Cancelled, 100, WrittenRun.Steps, 0, null);
        first.Dispose();
        await using var visit = await browser.OpenAsync(site, "jobs");
        var page = visit.Page;
        var ids = page.Locator("section[aria-label=Finished] li[data-run]");
        await Poll.UntilAsync("the job that ended last is on top", TimeSpan.FromSeconds(10), async () =>
        {
            var order = (await ids.EvaluateAllAsync<string[]>("rows => rows.map(row => row.dataset.run)")).ToList();
            var (one, other) = (order.IndexOf(Path.GetFileName(first.Path)), order.IndexOf(second));
            return one >= 0 && one < other;
        });
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task Start_with_a_wrong_field_moves_to_it_and_no_runs_cannot_be_started()
    {
        await using var visit = await browser.OpenAsync(await shared.GetAsync(), "runs/new");
        var page = visit.Page;
        await page.Locator("#run-k").FillAsync("0");
        await page.Locator("#run-latents").FillAsync("many");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Start the run" }).ClickAsync();
        await Assertions.Expect(page.Locator("#run-latents")).ToBeFocusedAsync();
        await page.Locator("#run-latents").FillAsync("256");
        await page.Locator("#run-k").FillAsync("16");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Vary a setting" }).ClickAsync();
        var start = page.Locator(".run-summary button[type=submit]");
        await Assertions.Expect(start).ToBeDisabledAsync();
        await page.Locator("#run-vary-k").FillAsync("2, 16");
        await Assertions.Expect(start).ToBeEnabledAsync();
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task The_form_and_the_selection_are_still_there_when_one_comes_back()
    {
        var site = await shared.GetAsync();
        string[] runs = [WrittenRun.Write(site, RunState.Done), WrittenRun.Write(site, RunState.Done)];
        await using var visit = await browser.OpenAsync(site, "runs/new");
        var page = visit.Page;
        await page.Locator("#run-latents").FillAsync("777");
        await page.Locator("#run-name").FillAsync("Half typed");
        await Assertions.Expect(page.Locator("#run-latents")).ToHaveValueAsync("777");
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Cancel" }).ClickAsync();
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("Runs");
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "New run", Exact = true }).ClickAsync();
        await Assertions.Expect(page.Locator("#run-latents")).ToHaveValueAsync("777");
        await Assertions.Expect(page.Locator("#run-name")).ToHaveValueAsync("Half typed");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Start over" }).ClickAsync();
        await Assertions.Expect(page.Locator("#run-latents")).ToHaveValueAsync("2048");
        await Assertions.Expect(page.Locator("#run-name")).ToHaveValueAsync("");

        await visit.GoAsync("runs");
        foreach (var run in runs) await page.Locator($"tr:has([data-run='{run}']) input[type=checkbox]").CheckAsync();
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Compare", Exact = true }).ClickAsync();
        await page.Locator("run-compare").WaitForAsync();
        await page.GoBackAsync();
        foreach (var run in runs) await Assertions.Expect(page.Locator($"tr:has([data-run='{run}']) input[type=checkbox]")).ToBeCheckedAsync();
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task A_rescan_that_finds_nothing_says_so()
    {
        await using var visit = await browser.OpenAsync(await shared.GetAsync(), "data");
        await visit.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Rescan" }).ClickAsync();
        await Assertions.Expect(visit.Page.Locator("[data-rescanned]")).ToHaveTextAsync(new Regex("^Nothing new"));
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task What_is_at_work_moves_and_holds_still_where_motion_is_not_wanted()
    {
        await using var visit = await browser.OpenAsync(await shared.GetAsync(), "data");
        const string turning = "() => { const holder = document.createElement('p'); holder.innerHTML = '<svg class=\"icon\"><use href=\"lib/icons.svg#loader\"></use></svg>'; document.querySelector('main').append(holder); return getComputedStyle(holder.firstChild).animationName; }";
        Assert.Equal("none", await visit.Page.EvaluateAsync<string>(turning));
        await visit.Page.EmulateMediaAsync(new PageEmulateMediaOptions { ReducedMotion = ReducedMotion.NoPreference });
        Assert.NotEqual("none", await visit.Page.EvaluateAsync<string>(turning));
        visit.AssertNoFaults();
    }

    /// <summary>A name without a place to break it.</summary>
    [Theory]
    [Trait("Length", "Long")]
    [InlineData(1440)]
    [InlineData(720)]
    [InlineData(390)]
    public async Task A_long_name_without_a_blank_breaks_no_page(int width)
    {
        var site = await shared.GetAsync();
        using var work = WrittenRun.Begin(site, step: 350);
        var run = Path.GetFileName(work.Path);
        await WrittenRun.IsKnownAsync(site, run);
        await using var visit = await browser.OpenAsync(site, $"runs/{run}", width);
        var page = visit.Page;
        await page.GetByTitle("Rename", new PageGetByTitleOptions { Exact = true }).ClickAsync();
        await page.GetByLabel("Name of the run").FillAsync(new string('W', 60));
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.GetByLabel("Name of the run")).ToHaveCountAsync(0);
        var faults = new List<string>();
        foreach (var path in new[] { $"runs/{run}", "runs", "jobs", "", "data", $"runs/compare?runs={run}" })
        {
            await visit.GoAsync(path);
            await PageChecks.SettledAsync(visit);
            faults.AddRange((await PageChecks.LayoutFaultsAsync(visit)).Select(fault => $"/{path} at {width}: {fault}"));
        }
        work.Report(StageName.Train, RunState.Cancelled, 350, WrittenRun.Steps, 0, null);
        Assert.True(faults.Count == 0, string.Join(Environment.NewLine, faults));
        visit.AssertNoFaults();
    }
}
