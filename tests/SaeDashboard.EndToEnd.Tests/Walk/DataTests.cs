using System.Text.RegularExpressions;
using Microsoft.Playwright;
using SaeDashboard.Core.Runs;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Walk;

/// <summary>The Data page: what can be done with a dataset or an SAE. And a deleted preset's row.</summary>
public sealed class DataTests(SharedSite shared, BrowserFixture browser)
{
    [Fact]
    public async Task A_dataset_is_renamed_trained_on_deleted_and_restored()
    {
        var site = await shared.GetAsync();
        var folder = Copy(Path.Combine(Clone.Demo, "dataset"), Path.Combine(site.Data, "datasets", "walked"));
        await using var visit = await browser.OpenAsync(site, "data");
        var page = visit.Page;
        var row = page.Locator($".thing[data-path='{folder}']");
        await Assertions.Expect(row.Locator("[data-state=ready]")).ToBeVisibleAsync(new LocatorAssertionsToBeVisibleOptions { Timeout = 30_000 });
        await ChooseAsync(page, row, "Rename…");
        await page.Locator("#new-name").FillAsync("Walked clips");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(row.Locator(".who")).ToContainTextAsync("Walked clips");

        await ChooseAsync(page, row, "Train on this");
        await Assertions.Expect(page.Locator("#run-dataset")).ToHaveValueAsync("Walked clips");

        await visit.GoAsync("data");
        await ChooseAsync(page, row, "Delete…");
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Delete", Exact = true }).ClickAsync();
        await Assertions.Expect(row).ToContainTextAsync("Deleted. Undo");
        Assert.False(Directory.Exists(folder));
        var deleted = page.Locator(".deleted").Filter(new LocatorFilterOptions { HasText = "Walked clips" });
        await Assertions.Expect(deleted).ToContainTextAsync("dataset");
        await deleted.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Restore" }).ClickAsync();
        await Assertions.Expect(deleted).ToHaveCountAsync(0);
        await Assertions.Expect(row.Locator(".mud-menu button")).ToBeVisibleAsync();
        Assert.True(Directory.Exists(folder));
        Directory.Delete(folder, recursive: true);
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task What_came_with_the_program_and_what_a_run_uses_stay()
    {
        var site = await shared.GetAsync();
        var folder = Copy(Path.Combine(Clone.Demo, "sae"), Path.Combine(site.Data, "saes", "walked"));
        using var work = WrittenRun.Begin(site, step: 350, sae: folder);
        await WrittenRun.IsKnownAsync(site, Path.GetFileName(work.Path));
        await using var visit = await browser.OpenAsync(site, "data");
        var page = visit.Page;
        var row = page.Locator($".thing[data-path='{folder}']");
        await Assertions.Expect(row.Locator("[data-state=ready]")).ToBeVisibleAsync(new LocatorAssertionsToBeVisibleOptions { Timeout = 30_000 });
        await ChooseAsync(page, row, "Delete…");
        var dialog = page.GetByRole(AriaRole.Dialog);
        await Assertions.Expect(dialog).ToContainTextAsync(new Regex("The run .* uses it"));
        await dialog.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Close", Exact = true }).Last.ClickAsync();
        await Assertions.Expect(dialog).ToHaveCountAsync(0);
        Assert.True(Directory.Exists(folder));
        await page.Locator($".thing[data-path='{Path.Combine(Clone.Demo, "sae")}']").Locator(".mud-menu button").ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Menuitem, new PageGetByRoleOptions { Name = "Delete…" })).ToHaveAttributeAsync("aria-disabled", "true");
        work.Report(StageName.Train, RunState.Cancelled, 350, WrittenRun.Steps, 0, null);
        Directory.Delete(folder, recursive: true);
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task A_deleted_preset_keeps_its_place_and_a_second_click_hits_no_other()
    {
        var site = await shared.GetAsync();
        await using var visit = await browser.OpenAsync(site, "presets?sort=name");
        var page = visit.Page;
        await Assertions.Expect(page.Locator("#preset-sort")).ToHaveValueAsync("name");
        var before = await page.Locator("[data-preset-row]").EvaluateAllAsync<string[]>("rows => rows.map(row => row.dataset.presetRow)");
        var next = page.Locator("[data-preset-row]").Nth(1);
        var top = (await next.BoundingBoxAsync())!.Y;
        var delete = page.Locator("[data-preset-row]").First.GetByTitle("Delete", new LocatorGetByTitleOptions { Exact = true });
        var box = (await delete.BoundingBoxAsync())!;
        await delete.ClickAsync();
        var first = page.Locator("[data-preset-row]").First;
        await Assertions.Expect(first).ToContainTextAsync("Deleted");
        Assert.Equal(top, (await next.BoundingBoxAsync())!.Y, 0.5);
        await page.Mouse.ClickAsync(box.X + box.Width / 2, box.Y + box.Height / 2);
        await Task.Delay(500, TestContext.Current.CancellationToken);
        await Assertions.Expect(page.Locator(".gone")).ToHaveCountAsync(1);
        await first.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Undo" }).ClickAsync();
        await Assertions.Expect(page.Locator(".gone")).ToHaveCountAsync(0);
        Assert.Equal(before, await page.Locator("[data-preset-row]").EvaluateAllAsync<string[]>("rows => rows.map(row => row.dataset.presetRow)"));
        visit.AssertNoFaults();
    }

    private static async Task ChooseAsync(IPage page, ILocator row, string item)
    {
        await row.Locator(".mud-menu button").ClickAsync();
        await page.GetByRole(AriaRole.Menuitem, new PageGetByRoleOptions { Name = item }).ClickAsync();
    }

    private static string Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
        return to;
    }
}
