using Microsoft.Playwright;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Walk;

/// <summary>A person comments on a moment of a clip, hears it again, changes the comment, and takes it back.</summary>
public sealed class CommentTests(SharedSite shared, BrowserFixture browser)
{
    [Fact]
    public async Task A_comment_on_a_span_is_shown_marked_on_the_wave_heard_edited_deleted_and_brought_back()
    {
        await using var visit = await OpenAsync(1400);
        var page = visit.Page;
        // The second that plays is taken as the start; the end follows a second later.
        await page.Locator(".clip [data-play]").First.ClickAsync();
        await page.WaitForFunctionAsync("() => globalThis.saeAudio.state.playing && globalThis.saeAudio.state.position > 0.2");
        await page.EvaluateAsync("() => { globalThis.saeAudio.pause(); globalThis.saeAudio.seek(2.04); }");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Start here" }).ClickAsync();
        await Assertions.Expect(page.Locator("#comment-from")).ToHaveValueAsync("2");
        await Assertions.Expect(page.Locator("#comment-to")).ToHaveValueAsync("3");
        await page.Locator("#comment-text").FillAsync("the attack");
        await page.Keyboard.PressAsync("Control+Enter");

        var row = page.Locator("li[data-comment]", new PageLocatorOptions { HasText = "the attack" });
        await Assertions.Expect(row).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("#comment-text")).ToHaveValueAsync("");
        var mark = await page.EvaluateAsync<double[]>("() => { const wave = document.querySelector('.clip clip-wave'), bar = wave.shadowRoot.querySelector('b'), box = bar.getBoundingClientRect(), whole = wave.getBoundingClientRect(); return [(box.left - whole.left) / whole.width * wave.clip.duration, (box.right - whole.left) / whole.width * wave.clip.duration]; }");
        Assert.Equal(2, mark[0], 0.05);
        Assert.Equal(3, mark[1], 0.05);

        // A press on the span plays it, and it stops at its end.
        await page.EvaluateAsync("() => globalThis.saeAudio.stop()");
        await row.Locator("[data-hear]").ClickAsync();
        await page.WaitForFunctionAsync("() => globalThis.saeAudio.state.playing && globalThis.saeAudio.state.position >= 2");
        await page.WaitForFunctionAsync("() => !globalThis.saeAudio.state.playing");
        Assert.InRange(await page.EvaluateAsync<double>("() => globalThis.saeAudio.state.position"), 2.95, 3.4);

        await row.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Edit the comment" }).ClickAsync();
        await Assertions.Expect(page.Locator("#comment-text")).ToHaveValueAsync("the attack");
        await page.Locator("#comment-text").FillAsync("the attack, twice");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Save change" }).ClickAsync();
        row = page.Locator("li", new PageLocatorOptions { HasText = "the attack, twice" });
        await Assertions.Expect(row).ToContainTextAsync("edited");
        await row.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Delete the comment" }).ClickAsync();
        await Assertions.Expect(row).ToContainTextAsync("Deleted.");
        await Assertions.Expect(page.Locator("li[data-comment]", new PageLocatorOptions { HasText = "the attack, twice" })).ToHaveCountAsync(0);
        await row.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Undo" }).ClickAsync();
        await Assertions.Expect(page.Locator("li[data-comment]", new PageLocatorOptions { HasText = "the attack, twice" })).ToHaveCountAsync(1);
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task A_half_typed_comment_survives_a_reload_and_another_window_sees_what_is_saved_at_once()
    {
        await using var visit = await OpenAsync(1401);
        await using var other = await OpenAsync(1401);
        var page = visit.Page;
        await page.Keyboard.PressAsync("c");
        await page.Keyboard.TypeAsync("low brass, perh");
        await page.ReloadAsync();
        await visit.InteractiveAsync();
        await Assertions.Expect(page.Locator("#comment-text")).ToHaveValueAsync("low brass, perh");
        await page.Locator("#comment-text").FillAsync("low brass, perhaps");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Save comment" }).ClickAsync();
        await Assertions.Expect(other.Page.Locator("li[data-comment]")).ToContainTextAsync("low brass, perhaps");
        await page.ReloadAsync();
        await visit.InteractiveAsync();
        await Assertions.Expect(page.Locator("#comment-text")).ToHaveValueAsync("");
        await Assertions.Expect(page.Locator("li[data-comment]")).ToContainTextAsync("low brass, perhaps");
        visit.AssertNoFaults();
        other.AssertNoFaults();
    }

    private async Task<Visit> OpenAsync(int feature)
    {
        var visit = await browser.OpenAsync(await shared.GetAsync());
        await visit.GoAsync(await DemoSae.FeatureAsync(visit.Page, feature));
        await visit.Page.WaitForFunctionAsync("() => document.querySelector('.clip clip-wave')?.clip");
        return visit;
    }
}
