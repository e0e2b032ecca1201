using System.Globalization;
using Microsoft.Playwright;
using SaeDashboard.Core.Takes;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Walk;

/// <summary>The rack as an instrument: faders, typed values, Ctrl+Z, envelopes by key, and the knobs of a running take.</summary>
public sealed class RackTests(SharedSite shared, BrowserFixture browser)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Faders_and_envelopes_are_worked_by_key_and_undone_and_a_live_take_follows_them()
    {
        var site = await shared.GetAsync();
        await using var visit = await browser.OpenAsync(site, "studio");
        var page = visit.Page;
        await StudioForm.OpenEmptyAsync(page);
        await visit.GoAsync("features");
        await page.Locator("tr[data-feature] a.name").First.ClickAsync();
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Steer with this" }).ClickAsync();
        var fader = page.Locator("strength-fader").Last;
        var undo = page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Undo", Exact = true }).First;
        await Assertions.Expect(fader).ToHaveAttributeAsync("aria-valuenow", "3");

        // Typed, then undone by key from the fader.
        await page.Locator("input[data-figure]").FillAsync("-1,5");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(fader).ToHaveAttributeAsync("aria-valuenow", "-1.5");
        await Assertions.Expect(undo).ToHaveAttributeAsync("title", new System.Text.RegularExpressions.Regex("^Undo the strength of "));
        await fader.PressAsync("Control+z");
        await Assertions.Expect(fader).ToHaveAttributeAsync("aria-valuenow", "3");

        // An envelope, by key alone.
        var lane = page.Locator("envelope-lane");
        await lane.GetByRole(AriaRole.Button).PressAsync("Enter");
        await page.Keyboard.PressAsync("PageDown");
        await Assertions.Expect(page.Locator("envelope-lane[points$=':0.75']")).ToHaveCountAsync(1);
        await page.Keyboard.PressAsync("Delete");
        await Assertions.Expect(page.Locator("envelope-lane[points='']")).ToHaveCountAsync(1);

        // Live: a fader that is turned while the take is made is kept as a move, and shown in the lane.
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Live", Exact = true }).ClickAsync();
        await Assertions.Expect(page.Locator(".live-toggle[aria-pressed=true]")).ToHaveCountAsync(1);
        var take = await StudioForm.GenerateAsync(page, seconds: 12);
        await page.Locator($"live-rack[take='{take}']").WaitForAsync(new LocatorWaitForOptions { Timeout = 60_000 });
        await fader.PressAsync("End");
        var folder = new TakeFolder(Path.Combine(site.Data, "takes", take));
        await Poll.UntilAsync("the move is kept", Patience, () => folder.ReadManifest().Settings.Moves is [.., { Strip: 0, Strength: 6 }]);
        var column = folder.ReadManifest().Settings.Moves![^1].Column;
        await Assertions.Expect(page.Locator(string.Create(CultureInfo.InvariantCulture, $"envelope-lane[moves$='{column}:6']"))).ToHaveCountAsync(1, new LocatorAssertionsToHaveCountOptions { Timeout = 20_000 });
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Stop", Exact = true }).ClickAsync();
        await Poll.UntilAsync("it is over", Patience, () => !TakeStates.IsLive(folder.ReadManifest().State));
        // The fader is not where the take began: the page says so, and brings it back.
        await Assertions.Expect(page.Locator("[data-difference]")).ToContainTextAsync("+3 × p99 → +6 × p99");
        await page.Locator("[data-difference]").GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Restore" }).ClickAsync();
        await Assertions.Expect(fader).ToHaveAttributeAsync("aria-valuenow", "3");
        await page.Locator(".live-toggle").ClickAsync();
        visit.AssertNoFaults();
    }
}
