using Microsoft.Playwright;
using SaeDashboard.EndToEnd.Tests.Fixtures;
using SaeDashboard.EndToEnd.Tests.Pages;

namespace SaeDashboard.EndToEnd.Tests.Walk;

/// <summary>The Studio without a pointer, and what axe-core says of a full one.</summary>
public sealed class RackKeyTests(SharedSite shared, BrowserFixture browser)
{
    [Fact]
    public async Task A_feature_is_found_heard_added_turned_muted_soloed_and_drawn_by_key()
    {
        await using var visit = await browser.OpenAsync(await shared.GetAsync(), "studio");
        var page = visit.Page;
        await StudioForm.OpenEmptyAsync(page);
        await WorkTheRackAsync(page, features: 1);
        visit.AssertNoFaults();
    }

    [Fact]
    [Trait("Length", "Long")]
    public async Task Three_strips_an_envelope_and_a_take_are_worked_by_key_and_axe_core_finds_nothing()
    {
        await using var visit = await browser.OpenAsync(await shared.GetAsync(), "studio");
        var page = visit.Page;
        await StudioForm.OpenEmptyAsync(page);
        await WorkTheRackAsync(page, features: 3);

        // A second point, which is deleted again.
        await TabToAsync(page, "envelope-lane > button");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("envelope-lane .point")).ToHaveCountAsync(2);
        await page.Keyboard.PressAsync("Delete");
        await Assertions.Expect(page.Locator("envelope-lane .point")).ToHaveCountAsync(1);

        // Another method, chosen by its letters; the worker knows it.
        await TabToAsync(page, "select.mode", back: true);
        await page.Keyboard.TypeAsync("at");
        await Assertions.Expect(page.Locator(".strip select.mode").Last).ToHaveValueAsync("atLeast");
        await TabToAsync(page, "#seed", back: true);
        await page.Keyboard.PressAsync("Shift+Tab");
        await page.Keyboard.PressAsync("Control+a");
        await page.Keyboard.TypeAsync("2");
        await TabToAsync(page, ".rack-actions .primary");
        await page.Keyboard.PressAsync("Enter");
        await Poll.UntilAsync("a take is open", TimeSpan.FromSeconds(60), () => page.Url.Contains("/studio/takes/", StringComparison.Ordinal));
        var made = new Uri(page.Url).AbsolutePath.Split('/')[^1];
        await page.Locator($"[data-take='{made}']").WaitForAsync();
        await StudioForm.WhenOverAsync(page, made);
        foreach (var arm in (string[])["A", "C"])
        {
            await page.Keyboard.PressAsync(arm.ToLowerInvariant());
            await Assertions.Expect(page.Locator($"take-transport [data-arm={arm}]")).ToHaveAttributeAsync("aria-pressed", "true");
        }
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Spectrogram", Exact = true }).PressAsync("Enter");
        await Assertions.Expect(page.Locator("[data-row=C] arm-spectrogram")).ToHaveAttributeAsync("aria-label", new System.Text.RegularExpressions.Regex("^Spectrogram of arm C, steered: 40 Hz to "));
        foreach (var theme in (string[])["light", "dark"])
        {
            await PageChecks.SetThemeAsync(visit, theme);
            Assert.Empty(await PageChecks.AccessibilityFaultsAsync(visit));
        }
        Assert.Empty(await PageChecks.LayoutFaultsAsync(visit));

        // Two more takes: the second waits, says so in the list, and is taken out of the queue there.
        await StudioForm.GenerateAsync(page, seconds: 40);
        var second = await StudioForm.GenerateAsync(page, seconds: 15);
        var item = page.Locator($".takes li:has(a[href$='{second}'])");
        await Assertions.Expect(item).ToContainTextAsync(new System.Text.RegularExpressions.Regex(@"queued, \d+ before it"));
        await item.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { NameRegex = new System.Text.RegularExpressions.Regex("^Stop ") }).PressAsync("Enter");
        await Assertions.Expect(item).ToContainTextAsync("stopped");
        visit.AssertNoFaults();
    }

    /// <summary>Adds features, turns the first, mutes and soloes it, and draws a point of its envelope.</summary>
    private static async Task WorkTheRackAsync(IPage page, int features)
    {
        for (var added = 1; added <= features; added++)
        {
            await page.Keyboard.PressAsync("+");
            await page.Locator("feature-picker input:focus").WaitForAsync();
            await page.Keyboard.PressAsync("ArrowDown");
            await Assertions.Expect(page.Locator("feature-picker .found:focus")).ToHaveCountAsync(1);
            if (added == 1)
            {
                await page.Keyboard.PressAsync(" ");
                await page.Locator("feature-picker li:has(.found:focus) [data-play][aria-pressed=true]").WaitForAsync();
                await page.Keyboard.PressAsync(" ");
            }
            await page.Keyboard.PressAsync("Enter");
            await Assertions.Expect(page.Locator(".rack .strip")).ToHaveCountAsync(added);
            // The keyboard is where it opened the picker.
            await Assertions.Expect(page.Locator(".rack-actions > button:focus")).ToContainTextAsync("Add a feature");
        }

        await TabToAsync(page, ".strip [aria-pressed]", back: true);
        var strip = page.Locator(".rack .strip").Last;
        var fader = strip.Locator("strength-fader");
        await TabToAsync(page, "strength-fader", back: true);
        await page.Keyboard.PressAsync("ArrowRight");
        await page.Keyboard.PressAsync("Shift+ArrowRight");
        await Assertions.Expect(fader).ToHaveAttributeAsync("aria-valuenow", "3.11");
        await Assertions.Expect(fader).ToHaveAttributeAsync("aria-valuetext", new System.Text.RegularExpressions.Regex(@"^\+3\.11 times p99, raw "));
        foreach (var name in (string[])["Mute", "Solo"])
        {
            var button = strip.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = name, Exact = true });
            await TabToAsync(page, ".strip-actions button", text: name);
            await page.Keyboard.PressAsync("Enter");
            await Assertions.Expect(button).ToHaveAttributeAsync("aria-pressed", "true");
            await page.Keyboard.PressAsync(" ");
            await Assertions.Expect(button).ToHaveAttributeAsync("aria-pressed", "false");
        }

        await TabToAsync(page, "envelope-lane > button");
        await page.Keyboard.PressAsync("Enter");
        var point = page.Locator("envelope-lane .point");
        await Assertions.Expect(point).ToHaveCountAsync(1);
        await Assertions.Expect(point).ToBeFocusedAsync();
        var before = await point.GetAttributeAsync("aria-valuetext");
        await page.Keyboard.PressAsync("PageDown");
        await page.Keyboard.PressAsync("ArrowRight");
        await Assertions.Expect(point).ToHaveAttributeAsync("aria-valuenow", "75");
        Assert.NotEqual(before!.Split("at")[1], (await point.GetAttributeAsync("aria-valuetext"))!.Split("at")[1]);
    }

    /// <summary>Presses Tab until a control has the focus.</summary>
    private static async Task TabToAsync(IPage page, string selector, string? text = null, bool back = false)
    {
        for (var press = 0; press < 120; press++)
        {
            await page.Keyboard.PressAsync(back ? "Shift+Tab" : "Tab");
            if (await page.EvaluateAsync<bool>("([selector, text]) => document.activeElement.matches(selector) && (text === null || document.activeElement.textContent.trim() === text)", new[] { selector, text })) return;
        }
        Assert.Fail($"{selector} cannot be reached with {(back ? "Shift+Tab" : "Tab")}.");
    }
}
