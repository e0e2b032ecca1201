using Microsoft.Playwright;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Pages;

/// <summary>A page is drawn before its circuit is connected. What is pressed in between, on a slow line, must not be taken back by the circuit.</summary>
public sealed class EarlyPressTests(SharedSite shared, BrowserFixture browser)
{
    /// <summary>A link pressed the given milliseconds after the page is drawn, while every message of the circuit comes 400 ms late.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(600, Traits = ["Length", "Long"])]
    [InlineData(800, Traits = ["Length", "Long"])]
    public async Task A_link_pressed_before_the_page_is_live_is_followed(int milliseconds)
    {
        await using var visit = await browser.OpenAsync(await shared.GetAsync());
        var page = visit.Page;
        await page.AddInitScriptAsync(
            """
            globalThis.WebSocket = class extends WebSocket {
              set onmessage(hear) { super.onmessage = message => setTimeout(() => hear(message), 400); }
            };
            """);
        await page.GotoAsync("features", new PageGotoOptions { WaitUntil = WaitUntilState.Commit });
        var link = page.Locator("tr[data-feature] a.name").First;
        await link.WaitForAsync();
        await Task.Delay(milliseconds, TestContext.Current.CancellationToken);
        await link.ClickAsync();
        // features/<SAE>/<feature>
        await Poll.UntilAsync("the feature is open", TimeSpan.FromSeconds(15), () => new Uri(page.Url).Segments.Length == 4);
        await visit.InteractiveAsync();
        // Whatever a circuit draws late has come by now.
        await Task.Delay(1000, TestContext.Current.CancellationToken);
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Steer with this" })).ToBeVisibleAsync();
        visit.AssertNoFaults();
    }

    /// <summary>The server redirects "Features" to the newest SAE: a person who has left meanwhile is not brought back.</summary>
    [Fact]
    public async Task A_redirect_does_not_bring_back_a_person_who_left()
    {
        await using var visit = await browser.OpenAsync(await shared.GetAsync());
        await visit.Page.EvaluateAsync("() => { Blazor.navigateTo('features'); Blazor.navigateTo('presets'); }");
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Name = "Presets" })).ToBeVisibleAsync();
        await Task.Delay(1000, TestContext.Current.CancellationToken);
        Assert.EndsWith("/presets", visit.Page.Url);
        visit.AssertNoFaults();
    }
}
