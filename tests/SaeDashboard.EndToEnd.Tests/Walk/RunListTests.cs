using System.Text.RegularExpressions;
using Microsoft.Playwright;
using SaeDashboard.Core.Runs;
using SaeDashboard.EndToEnd.Tests.Fixtures;
using SaeDashboard.EndToEnd.Tests.Pages;

namespace SaeDashboard.EndToEnd.Tests.Walk;

/// <summary>The list of runs: sorted, filtered, tagged, and several runs changed at once.</summary>
public sealed class RunListTests(SharedSite shared, BrowserFixture browser)
{
    [Fact]
    public async Task Order_and_filters_are_in_the_address_and_nonsense_there_is_the_plain_list()
    {
        var site = await shared.GetAsync();
        var (failed, done) = (WrittenRun.Write(site, RunState.Failed), WrittenRun.Write(site, RunState.Done));
        await WrittenRun.IsKnownAsync(site, failed);
        await WrittenRun.IsKnownAsync(site, done);
        await using var visit = await browser.OpenAsync(site, "runs");
        var page = visit.Page;
        await page.Locator("[data-sort=explainedVariance]").ClickAsync();
        await Assertions.Expect(page.Locator("th[aria-sort=descending]")).ToContainTextAsync("Explained variance");
        await page.Locator("[data-sort=explainedVariance]").ClickAsync();
        await Assertions.Expect(page.Locator("th[aria-sort=ascending]")).ToContainTextAsync("Explained variance");
        await page.GetByLabel("State", new PageGetByLabelOptions { Exact = true }).SelectOptionAsync("failed");
        await page.GetByRole(AriaRole.Searchbox).PressSequentiallyAsync(failed[^4..]);
        await Assertions.Expect(page.Locator($"[data-run='{done}']")).ToHaveCountAsync(0);
        await Assertions.Expect(page).ToHaveURLAsync(new Regex($"q={failed[^4..]}"));
        Assert.Contains("sort=explainedVariance", page.Url, StringComparison.Ordinal);
        Assert.Contains("state=failed", page.Url, StringComparison.Ordinal);
        await page.ReloadAsync();
        await visit.InteractiveAsync();
        await Assertions.Expect(page.Locator("[data-run]")).ToHaveCountAsync(1);
        await Assertions.Expect(page.Locator($"[data-run='{failed}']")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Searchbox)).ToHaveValueAsync(failed[^4..]);
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Clear filters" }).ClickAsync();
        await Assertions.Expect(page.Locator($"[data-run='{done}']")).ToBeVisibleAsync();

        await visit.GoAsync("runs?sort=beauty&state=asleep&architecture=9&page=-7&reverse=perhaps&select=none,none");
        await Assertions.Expect(page.Locator($"[data-run='{done}']")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("th[aria-sort=descending]")).ToContainTextAsync("Started");
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task A_run_gets_tags_and_a_note_and_is_found_by_them()
    {
        var site = await shared.GetAsync();
        var run = WrittenRun.Write(site, RunState.Done);
        await WrittenRun.IsKnownAsync(site, run);
        await using var visit = await browser.OpenAsync(site, "runs");
        var page = visit.Page;
        var row = page.Locator($"tr:has([data-run='{run}'])");
        await row.Locator(".mud-menu button").ClickAsync();
        await page.GetByRole(AriaRole.Menuitem, new PageGetByRoleOptions { Name = "Tags and note…" }).ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Tag", new LocatorGetByLabelOptions { Exact = true }).PressSequentiallyAsync("for the paper");
        await dialog.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Add", Exact = true }).ClickAsync();
        await Assertions.Expect(dialog.Locator(".mud-chip")).ToHaveTextAsync(new Regex("for the paper"));
        await dialog.GetByLabel("Note").FillAsync("Clean drums, odd basses.");
        await dialog.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Save" }).ClickAsync();
        await Assertions.Expect(row).ToContainTextAsync("Clean drums, odd basses.");
        await row.Locator(".tag").ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync(new Regex("tag=for%20the%20paper"));
        await Assertions.Expect(page.Locator("[data-run]")).ToHaveCountAsync(1);
        await visit.GoAsync($"runs/{run}");
        await Assertions.Expect(page.Locator(".run-remarks-line")).ToContainTextAsync("Clean drums, odd basses.");
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task Several_runs_are_deleted_after_one_question_and_come_back_by_one_Undo()
    {
        var site = await shared.GetAsync();
        string[] runs = [WrittenRun.Write(site, RunState.Done), WrittenRun.Write(site, RunState.Cancelled)];
        using var work = WrittenRun.Begin(site, step: 350);
        var running = Path.GetFileName(work.Path);
        await WrittenRun.IsKnownAsync(site, running);
        await using var visit = await browser.OpenAsync(site, $"runs?select={string.Join(',', runs)},{running}");
        var page = visit.Page;
        await Assertions.Expect(page.Locator("[data-selected='3']")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Delete…" }).ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        await Assertions.Expect(dialog).ToContainTextAsync("cancel it first");
        await dialog.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Delete 2 runs" }).ClickAsync();
        await Poll.UntilAsync("both are in the trash", TimeSpan.FromSeconds(15), () => runs.All(run => !Directory.Exists(Path.Combine(site.Data, "runs", run))));
        foreach (var run in runs) await Assertions.Expect(page.Locator($"[data-run='{run}']")).ToContainTextAsync("Deleted.");
        Assert.True(Directory.Exists(work.Path));
        await page.Locator(".mud-snackbar").GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Undo" }).ClickAsync();
        await Poll.UntilAsync("both are back", TimeSpan.FromSeconds(15), () => runs.All(run => Directory.Exists(Path.Combine(site.Data, "runs", run))));
        work.Report(StageName.Train, RunState.Cancelled, 350, WrittenRun.Steps, 0, null);
        visit.AssertNoFaults();
    }

    /// <summary>Tags, notes and menus keep to the window, with words that have no place to break.</summary>
    [Theory]
    [InlineData(390)]
    [InlineData(2560, Traits = ["Length", "Long"])]
    public async Task A_long_tag_and_a_long_note_break_no_page(int width)
    {
        var site = await shared.GetAsync();
        var run = WrittenRun.Write(site, RunState.Done);
        await WrittenRun.IsKnownAsync(site, run);
        await using var visit = await browser.OpenAsync(site, $"runs/{run}", width);
        var page = visit.Page;
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Add tags or a note…" }).ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Tag", new LocatorGetByLabelOptions { Exact = true }).FillAsync(new string('W', 40));
        await dialog.GetByLabel("Note").FillAsync(new string('W', 400));
        Assert.True(await page.EvaluateAsync<bool>("() => document.scrollingElement.scrollWidth <= innerWidth && document.querySelector('[role=dialog]').getBoundingClientRect().right <= innerWidth"));
        await dialog.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Save" }).ClickAsync();
        await Assertions.Expect(page.Locator(".run-note-whole")).ToBeVisibleAsync();
        Assert.Empty(await PageChecks.LayoutFaultsAsync(visit));
        await visit.GoAsync("runs");
        await page.Locator($"tr:has([data-run='{run}'])").Locator(".mud-menu button").ClickAsync();
        await page.GetByRole(AriaRole.Menuitem).First.WaitForAsync();
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(page.GetByRole(AriaRole.Menuitem)).ToHaveCountAsync(0);
        Assert.Empty(await PageChecks.LayoutFaultsAsync(visit));
        visit.AssertNoFaults();
    }
}
