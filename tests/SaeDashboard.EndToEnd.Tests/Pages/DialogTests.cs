using Microsoft.Playwright;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Pages;

/// <summary>The dialogs that every page has: who is at this browser, and the keys.</summary>
public sealed class DialogTests(SharedSite shared, BrowserFixture browser)
{
    [Fact]
    public Task The_person_s_dialog_and_the_keys_are_whole_on_a_phone_and_on_a_desk() => CheckAsync((390, "dark"), (1440, "light"));

    [Fact]
    [Trait("Length", "Long")]
    public Task They_are_whole_at_every_width_in_both_themes() => CheckAsync([.. new[] { 390, 720, 1440, 2560 }.SelectMany(width => new[] { (width, "dark"), (width, "light") })]);

    private async Task CheckAsync(params (int Width, string Theme)[] looks)
    {
        var site = await shared.GetAsync();
        await using var visit = await browser.OpenAsync(site, "annotate");
        var page = visit.Page;
        var name = $"Dialog {Guid.NewGuid().ToString("N")[..6]}";
        await page.EvaluateAsync("async name => { const answer = await fetch('api/v1/me', { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ name }) }); if (!answer.ok) throw new Error(await answer.text()); }", name);
        await visit.GoAsync("annotate");
        var faults = new List<string>();
        foreach (var (width, theme) in looks)
        {
            await page.SetViewportSizeAsync(width, page.ViewportSize!.Height);
            await PageChecks.SetThemeAsync(visit, theme);
            await page.Locator("button.person").ClickAsync();
            await page.Locator("person-switch").WaitForAsync();
            await Assertions.Expect(page.Locator("#person-name")).ToBeFocusedAsync();
            await LookAsync("the person's dialog", "[role=dialog]", width, theme);
            await page.Keyboard.PressAsync("Escape");
            await page.Locator("person-switch").WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Detached });
            await page.Locator("h1").ClickAsync();
            await page.Keyboard.PressAsync("?");
            await page.Locator("#key-help").WaitForAsync();
            await Assertions.Expect(page.Locator("#key-help kbd").First).ToBeVisibleAsync();
            await LookAsync("the keys", "#key-help", width, theme);
            await page.Keyboard.PressAsync("?");
            await page.Locator("#key-help").WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Hidden });
        }
        Assert.True(faults.Count == 0, string.Join(Environment.NewLine, faults));
        visit.AssertNoFaults();

        async Task LookAsync(string what, string dialog, int width, string theme)
        {
            await Task.Delay(300, TestContext.Current.CancellationToken); // until it has faded in
            faults.AddRange((await PageChecks.AccessibilityFaultsAsync(visit)).Select(fault => $"{what}, {width} px, {theme}: {fault}"));
            var box = (await page.Locator(dialog).First.BoundingBoxAsync())!;
            if (box.X < 0 || box.X + box.Width > width || box.Y < 0 || box.Y + box.Height > page.ViewportSize!.Height + 1)
                faults.Add($"{what}, {width} px: it is at {box.X}, {box.Y}, {box.Width} × {box.Height} px");
            if (await page.EvaluateAsync<bool>("selector => { const dialog = document.querySelector(selector); return dialog.scrollWidth > dialog.clientWidth + 1; }", dialog)) faults.Add($"{what}, {width} px: it is wider than its frame");
        }
    }
}
