using Microsoft.Playwright;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Walk;

/// <summary>Two takes are chosen, heard under one playhead and compared in words; in the list one is starred and found.</summary>
public sealed class TakeCompareTests(SharedSite shared, BrowserFixture browser)
{
    [Fact]
    public async Task Two_takes_are_chosen_and_heard_under_one_playhead_with_what_differs_in_words()
    {
        var site = await shared.GetAsync();
        await using var visit = await browser.OpenAsync(site, "studio");
        var page = visit.Page;
        var first = await StudioForm.EnsureSteeredTakeAsync(site, page);
        var second = await SecondTake.MakeAsync(site, first);
        await visit.GoAsync("studio/compare");
        await Assertions.Expect(page.GetByText("Choose two takes")).ToBeVisibleAsync();
        await page.GetByLabel("From", new PageGetByLabelOptions { Exact = true }).SelectOptionAsync(first);
        await Assertions.Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex($"a={first}"));
        await page.GetByLabel("To", new PageGetByLabelOptions { Exact = true }).SelectOptionAsync(second);
        await Assertions.Expect(page.Locator(".compare-takes ul.rows")).ToContainTextAsync("the same again");
        await Assertions.Expect(page.Locator(".compare-takes ul.rows")).ToContainTextAsync("(baseline) sounds the same");

        // Space plays the steered arm of the first; a digit switches at the same playhead, and pausing keeps it.
        await page.Locator("h1").ClickAsync();
        await page.Keyboard.PressAsync("Space");
        await page.WaitForFunctionAsync("() => globalThis.saeAudio?.state.playing && globalThis.saeAudio.state.position > 0.2");
        Assert.Equal("0C", await page.EvaluateAsync<string>("() => globalThis.saeAudio.state.arm"));
        Assert.InRange((await Sound.HearAsync(page)).Decibels, -60, 0);
        await page.Keyboard.PressAsync("1");
        await page.WaitForFunctionAsync("() => globalThis.saeAudio.state.arm === '0A'");
        Assert.True(await page.EvaluateAsync<double>("() => globalThis.saeAudio.state.position") > 0.2);
        await Assertions.Expect(page.Locator(".compare-row[data-key='0A'] button")).ToHaveAttributeAsync("aria-pressed", "true");
        await page.Keyboard.PressAsync("Space");
        await Assertions.Expect(page.Locator("compare-arms .preset-play")).ToHaveAttributeAsync("aria-pressed", "false");
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Swap" }).ClickAsync();
        await Assertions.Expect(page.GetByLabel("From", new PageGetByLabelOptions { Exact = true })).ToHaveValueAsync(second);
        visit.AssertNoFaults();
    }
}
