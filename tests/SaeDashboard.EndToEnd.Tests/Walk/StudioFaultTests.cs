using Microsoft.Playwright;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Walk;

/// <summary>What a person does in the Studio is neither lost nor used otherwise than it is shown.</summary>
public sealed class StudioFaultTests(SharedSite shared, BrowserFixture browser)
{
    [Fact]
    public async Task A_value_that_cannot_be_used_is_put_back_and_the_range_is_shown()
    {
        await using var visit = await browser.OpenAsync(await shared.GetAsync(), "studio");
        var page = visit.Page;
        var (seed, length, guidance) = (page.Locator("#seed"), page.GetByLabel("Length"), page.GetByLabel("Guidance"));
        await SetAsync(seed, "777");
        await SetAsync(length, "2");
        foreach (var (field, typed, range) in new[] { (seed, "hello", "whole number"), (seed, "12345678901234567890123", "whole number"), (length, "", "0.5 to"), (length, "9999", "0.5 to"), (guidance, "50", "0 to 10") })
        {
            var before = await field.InputValueAsync();
            await SetAsync(field, typed);
            await Assertions.Expect(field).ToHaveValueAsync(before);
            await Assertions.Expect(page.Locator(".generation .problem")).ToContainTextAsync(range);
        }
        // What can be used ends the message.
        await SetAsync(seed, "778");
        await SetAsync(length, "3");
        await SetAsync(guidance, "3");
        await Assertions.Expect(page.Locator(".generation .problem")).ToHaveCountAsync(0);
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task Undo_takes_back_one_change_and_only_the_newest_notice_offers_it()
    {
        await using var visit = await browser.OpenAsync(await shared.GetAsync(), "studio");
        var page = visit.Page;
        var sae = await DemoSae.IdAsync(page);
        await StudioForm.OpenEmptyAsync(page);
        foreach (var feature in new[] { DemoSae.Taiko, 1295, 448 })
        {
            await visit.GoAsync($"studio?add={sae}:{feature}");
            await page.Locator($".strip[data-feature='{feature}']").WaitForAsync();
        }
        await RemoveAsync(page, DemoSae.Taiko);
        await RemoveAsync(page, 1295);
        var undo = page.Locator(".mud-snackbar").GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Undo", Exact = true });
        await Assertions.Expect(undo).ToHaveCountAsync(1);
        // Later work: it stays when the removal is taken back.
        await page.Locator(".strip[data-feature='448'] strength-fader").PressAsync("End");
        await Assertions.Expect(page.Locator(".strip[data-feature='448'] strength-fader")).ToHaveAttributeAsync("aria-valuenow", "6");
        await undo.ClickAsync();
        await page.Locator(".strip[data-feature='1295']").WaitForAsync();
        await Assertions.Expect(page.Locator(".rack .strip")).ToHaveCountAsync(2);
        await Assertions.Expect(page.Locator(".strip[data-feature='448'] strength-fader")).ToHaveAttributeAsync("aria-valuenow", "6");
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task A_long_prompt_is_kept_whole_its_limit_is_said_and_a_reload_loses_no_letter()
    {
        await using var visit = await browser.OpenAsync(await shared.GetAsync(), "studio");
        var page = visit.Page;
        var prompt = page.Locator("#prompt");
        await prompt.FillAsync(new string('x', 10_000));
        Assert.Equal(10_000, (await prompt.InputValueAsync()).Length);
        await Assertions.Expect(page.Locator(".generation .problem")).ToContainTextAsync("at most 4,000");
        await prompt.FillAsync("");
        // Typed, and the page is loaded again before the field is left.
        await prompt.PressSequentiallyAsync("slow cello", new LocatorPressSequentiallyOptions { Delay = 30 });
        await Assertions.Expect(page.Locator(".generation .problem")).ToHaveCountAsync(0);
        await Task.Delay(300, TestContext.Current.CancellationToken);
        await visit.GoAsync("studio");
        await Assertions.Expect(prompt).ToHaveValueAsync("slow cello");
        await prompt.FillAsync("");
        await prompt.BlurAsync();
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task Undo_of_a_deleted_take_opens_it_again_and_its_dialog_has_the_focus_in_the_name()
    {
        var site = await shared.GetAsync();
        await using var visit = await browser.OpenAsync(site, "studio");
        var page = visit.Page;
        var take = await StudioForm.EnsureSteeredTakeAsync(site, page);
        await visit.GoAsync($"studio/takes/{take}");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Save as preset" }).ClickAsync();
        await Assertions.Expect(page.Locator("#preset-name")).ToBeFocusedAsync();
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Cancel", Exact = true }).ClickAsync();
        await page.Locator(".mud-dialog").WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Detached });

        await page.Locator(".take-facts").GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Delete" }).ClickAsync();
        await Poll.UntilAsync("the take is closed", TimeSpan.FromSeconds(15), () => new Uri(page.Url).AbsolutePath == "/studio");
        await page.Locator(".mud-snackbar").GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Undo", Exact = true }).ClickAsync();
        await Poll.UntilAsync("the take is open again", TimeSpan.FromSeconds(15), () => page.Url.EndsWith($"/studio/takes/{take}", StringComparison.Ordinal));
        await Assertions.Expect(page.Locator($"[data-take='{take}'] .notice")).ToHaveCountAsync(0);
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task The_dialog_that_edits_a_preset_has_the_focus_in_its_field()
    {
        await using var visit = await browser.OpenAsync(await shared.GetAsync(), "presets");
        var page = visit.Page;
        await page.Locator(".preset-item h3 a").First.ClickAsync();
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Edit", Exact = true }).ClickAsync();
        await Assertions.Expect(page.Locator("#edit-name")).ToBeFocusedAsync();
        visit.AssertNoFaults();
    }

    /// <summary>The presets' list and the home page.</summary>
    [Theory]
    [InlineData("presets", ".preset-item")]
    [InlineData("", "section[aria-label='Baseline and steered'] li")]
    public async Task Baseline_and_steered_have_one_playhead(string path, string row)
    {
        await using var visit = await browser.OpenAsync(await shared.GetAsync(), path);
        var page = visit.Page;
        var buttons = page.Locator(row).First.Locator("button[data-play], button[data-preset-arm]");
        await buttons.Nth(0).ClickAsync();
        await page.WaitForFunctionAsync("() => saeAudio.state.playing && saeAudio.state.position > 1.5", null, new PageWaitForFunctionOptions { Timeout = 60_000 });
        await buttons.Nth(1).ClickAsync();
        await page.WaitForFunctionAsync("() => saeAudio.state.playing && document.querySelectorAll('[aria-pressed=true][data-play], [aria-pressed=true][data-preset-arm]').length === 1");
        Assert.True(await page.EvaluateAsync<double>("() => saeAudio.state.position") > 1.4, "it began again from 0");
        await Assertions.Expect(buttons.Nth(1)).ToHaveAttributeAsync("aria-pressed", "true");
        await Assertions.Expect(buttons.Nth(0)).ToHaveAttributeAsync("aria-pressed", "false");
        // The one that sounds pauses.
        await buttons.Nth(1).ClickAsync();
        await page.WaitForFunctionAsync("() => !saeAudio.state.playing");
        visit.AssertNoFaults();
    }

    private static async Task SetAsync(ILocator field, string text)
    {
        await field.FillAsync(text);
        await field.BlurAsync();
    }

    private static async Task RemoveAsync(IPage page, int feature)
    {
        await page.Locator($".strip[data-feature='{feature}']").GetByTitle("Remove", new LocatorGetByTitleOptions { Exact = true }).ClickAsync();
        await page.Locator($".strip[data-feature='{feature}']").WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Detached });
    }
}
