using Microsoft.Playwright;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Pages;

/// <summary>The keys that act on every page.</summary>
public sealed class KeyTests(SharedSite shared, BrowserFixture browser)
{
    [Fact]
    public async Task The_question_mark_lists_the_keys_and_closes_the_list()
    {
        await using var visit = await browser.OpenAsync(await shared.GetAsync());
        await visit.Page.Keyboard.PressAsync("?");
        var help = visit.Page.GetByRole(AriaRole.Dialog, new PageGetByRoleOptions { Name = "Keys" });
        await Assertions.Expect(help).ToBeVisibleAsync();
        await Assertions.Expect(help).ToContainTextAsync("Studio");
        Assert.Empty(await PageChecks.AccessibilityFaultsAsync(visit));
        await visit.Page.Keyboard.PressAsync("?");
        await Assertions.Expect(help).ToBeHiddenAsync();
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task G_and_a_letter_open_each_room()
    {
        await using var visit = await browser.OpenAsync(await shared.GetAsync());
        foreach (var (letter, room) in new[] { ("r", "runs"), ("f", "features"), ("s", "studio"), ("p", "presets"), ("d", "data"), ("j", "jobs"), ("h", "") })
        {
            // A field that has the focus keeps its letters.
            await visit.Page.EvaluateAsync("() => document.activeElement?.blur()");
            await visit.Page.Keyboard.PressAsync("g");
            await visit.Page.Keyboard.PressAsync(letter);
            // "features" redirects to the newest SAE: the next key must not come in between.
            await visit.Page.WaitForFunctionAsync(
                "room => room === 'features' ? /^\\/features\\/.+/.test(location.pathname) : location.pathname === '/' + room", room);
            await Assertions.Expect(visit.Page.Locator(".rail a[aria-current=page], .rail a.active")).ToHaveCountAsync(room == "jobs" ? 0 : 1);
        }
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task The_theme_is_remembered()
    {
        await using var visit = await browser.OpenAsync(await shared.GetAsync());
        await visit.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Switch between dark and light" }).ClickAsync();
        await visit.GoAsync("data");
        Assert.Equal("light", await visit.Page.EvaluateAsync<string>("() => document.documentElement.dataset.theme"));
    }
}
