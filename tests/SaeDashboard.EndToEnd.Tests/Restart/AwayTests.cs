using Microsoft.Playwright;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Restart;

/// <summary>While the site is away.</summary>
public sealed class AwayTests(BrowserFixture browser)
{
    [Fact]
    public async Task The_top_bar_says_so_and_the_field_keeps_the_focus()
    {
        await using var site = await SiteProcess.StartNewAsync();
        await using var visit = await browser.OpenAsync(site, "runs/new");
        var page = visit.Page;
        await page.Locator("#run-name").FocusAsync();
        await page.Keyboard.TypeAsync("before");
        visit.Forgive();
        await site.KillAsync();
        await Assertions.Expect(page.Locator("#components-reconnect-modal")).ToBeVisibleAsync(new LocatorAssertionsToBeVisibleOptions { Timeout = 60_000 });
        // Another test's window may have taken the browser's focus meanwhile.
        await page.BringToFrontAsync();
        await Assertions.Expect(page.Locator("#run-name")).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync(" and after");
        await Assertions.Expect(page.Locator("#run-name")).ToHaveValueAsync("before and after");
        await Assertions.Expect(page.Locator(".topbar .worker-state .state").First).ToBeHiddenAsync();
        await Assertions.Expect(page.Locator(".topbar")).ToContainTextAsync("No connection", new LocatorAssertionsToContainTextOptions { UseInnerText = true });
    }
}
