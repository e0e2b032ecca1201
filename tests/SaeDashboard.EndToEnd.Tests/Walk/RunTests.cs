using System.Text.Json;
using Microsoft.Playwright;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Walk;

/// <summary>A run is started on the form, watched while it learns, and its features are opened.</summary>
public sealed class RunTests(SharedSite shared, BrowserFixture browser)
{
    [Fact]
    public async Task A_run_is_watched_live_and_its_features_are_listed()
    {
        var site = await shared.GetAsync();
        await using var visit = await browser.OpenAsync(site, "runs/new");
        var page = visit.Page;
        await RunForm.StartAsync(page);

        // What arrived while it was running: from the page's own element, never from the server.
        var seen = 0;
        var histograms = 0;
        await Poll.UntilAsync("the run is done", TimeSpan.FromSeconds(180), async () =>
        {
            var now = await page.EvaluateAsync<JsonElement>("() => { const live = document.querySelector('run-live'); return { state: document.querySelector('[data-run]')?.dataset.state ?? '', points: live?.points.length ?? 0, histograms: live?.histograms.length ?? 0 }; }");
            var state = now.GetProperty("state").GetString();
            Assert.DoesNotContain(state, new[] { "failed", "cancelled", "interrupted" });
            if (state == "done") return true;
            seen = now.GetProperty("points").GetInt32();
            histograms = now.GetProperty("histograms").GetInt32();
            return false;
        });
        Assert.True(seen >= 20, $"{seen} points before the end");
        Assert.True(histograms >= 5, $"{histograms} histograms before the end");

        var latencies = await page.EvaluateAsync<double[]>("() => document.querySelector('run-live').points.filter(point => point.time && point.drawnAt).map(point => point.drawnAt - point.time)");
        Array.Sort(latencies);
        Assert.True(latencies.Length >= 20, $"{latencies.Length} points drawn");
        var p95 = latencies[(int)Math.Ceiling(latencies.Length * 0.95) - 1];
        Report.Figure("A live run", $"{seen} points and {histograms} histograms before the end; from timestamp to canvas: median {latencies[latencies.Length / 2]:0} ms, p95 {p95:0} ms");
        Assert.InRange(p95, 0, 1000);

        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Open features" }).ClickAsync();
        await Poll.UntilAsync("the features are open", TimeSpan.FromSeconds(15), () => page.Url.Contains("/features/", StringComparison.Ordinal));
        await page.Locator("tr[data-feature]").First.WaitForAsync();
        Assert.True(await page.Locator("tr[data-feature]").CountAsync() >= 10);
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task A_form_with_problems_names_each_at_its_field()
    {
        await using var visit = await browser.OpenAsync(await shared.GetAsync(), "runs/new");
        var page = visit.Page;
        // Another test may have left settings here in which k plays no part.
        var over = page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Start over" });
        if (await over.IsVisibleAsync()) await over.ClickAsync();
        await page.Locator("#run-k").FillAsync("0");
        await page.Locator("#run-latents").FillAsync("many");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Start the run" }).ClickAsync();
        await Assertions.Expect(page.Locator("#run-k")).ToHaveAttributeAsync("aria-invalid", "true");
        await Assertions.Expect(page.Locator("#run-latents")).ToHaveAttributeAsync("aria-invalid", "true");
        await Assertions.Expect(page.Locator("#run-steps")).Not.ToHaveAttributeAsync("aria-invalid", "true");
        Assert.EndsWith("/runs/new", page.Url, StringComparison.Ordinal);
        visit.AssertNoFaults();
    }
}
