using Microsoft.Playwright;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Walk;

/// <summary>A labelling batch from the list of features to its own page. Nothing answers for the language model of these sites, so it ends with a fault.</summary>
public sealed class LabelBatchTests(SharedSite shared, BrowserFixture browser)
{
    [Fact]
    public async Task A_batch_is_made_of_what_is_selected_with_its_cost_shown_and_says_why_a_feature_has_no_label()
    {
        var site = await shared.GetAsync();
        await using var visit = await browser.OpenAsync(site, "features/demo?select=21", 1440);
        var page = visit.Page;
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Label by a model" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Name = "New labelling batch" })).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("#batch-of")).ToHaveValueAsync("selection");
        await Assertions.Expect(page.Locator(".batch-cost tbody tr").First).ToContainTextAsync("$0.0");
        await Assertions.Expect(page.GetByText("The cap allows for all of it today.")).ToBeVisibleAsync();
        // A link that is pressed before the circuit is connected loads a whole page: what is typed into it earlier would be drawn over.
        await page.Locator(".shell[data-interactive=true]").WaitForAsync();
        await page.Locator("#batch-name").FillAsync("One feature");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Start the batch" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Name = "One feature" })).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator(".label-batch")).ToHaveAttributeAsync("data-state", "done", new LocatorAssertionsToHaveAttributeOptions { Timeout = 60_000 });
        await Assertions.Expect(page.Locator("tr[data-feature='21']")).ToContainTextAsync("no answer");
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Faults (1)" }).ClickAsync();
        await Assertions.Expect(page.Locator("tr[data-feature]")).ToHaveCountAsync(1);
        await visit.GoAsync("jobs");
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "One feature" }).First.ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Ask again" })).ToBeVisibleAsync();
        visit.AssertNoFaults();
    }
}
