using Microsoft.Playwright;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Walk;

/// <summary>The arms of a take are compared blind.</summary>
public sealed class BlindTests(SharedSite shared, BrowserFixture browser)
{
    [Fact]
    public async Task A_blind_test_is_done_by_keys_and_kept_with_the_take()
    {
        var site = await shared.GetAsync();
        await using var visit = await browser.OpenAsync(site, "studio");
        var page = visit.Page;
        var take = await StudioForm.EnsureSteeredTakeAsync(site, page);
        await visit.GoAsync($"studio/takes/{take}");
        var deck = page.Locator($"[data-take='{take}']");
        // The timeline draws what sets the arms apart.
        await deck.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Restore settings" }).ClickAsync();
        await page.Locator(".timeline envelope-lane").First.WaitForAsync();
        await deck.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Blind test (ABX)" }).PressAsync("Enter");
        await deck.GetByLabel("Trials").SelectOptionAsync("10");
        await deck.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Begin", Exact = true }).PressAsync("Enter");
        // Nothing that draws or names an arm is in sight.
        await Assertions.Expect(deck.GetByText("Trial 1 of 10")).ToBeVisibleAsync();
        foreach (var hidden in (string[])["arm-wave", "take-transport", ".steer", ".arm-name"]) await Assertions.Expect(deck.Locator($"{hidden} >> visible=true")).ToHaveCountAsync(0);
        await Assertions.Expect(page.Locator(".timeline, envelope-lane")).ToHaveCountAsync(0);
        for (var trial = 1; trial <= 10; trial++)
        {
            await Assertions.Expect(deck.GetByText($"Trial {trial} of 10")).ToBeVisibleAsync();
            await page.Keyboard.PressAsync("x");
            if (trial == 1)
            {
                await Sound.HearAsync(page);
                foreach (var key in (string[])["a", "b"])
                {
                    await page.Keyboard.PressAsync(key);
                    await page.WaitForFunctionAsync("arm => saeAudio.state.arm === arm && saeAudio.state.playing", key.ToUpperInvariant());
                }
            }
            await page.Keyboard.PressAsync(trial % 2 == 0 ? "2" : "1");
        }
        await Assertions.Expect(deck.Locator(".abx-result")).ToContainTextAsync("of 10 right, p");
        await Assertions.Expect(deck.Locator(".abx-result")).ToContainTextAsync("A was");
        await visit.GoAsync($"studio/takes/{take}");
        await Assertions.Expect(deck.GetByLabel("Blind tests")).ToContainTextAsync("of 10 right");
        visit.AssertNoFaults();
    }
}
