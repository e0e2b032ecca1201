using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Walk;

/// <summary>Three runs on the same axes, written as a worker writes them, with curves that are known.</summary>
public sealed class CompareTests(SharedSite shared, BrowserFixture browser)
{
    private const int Points = 120, Batch = 256;

    [Fact]
    public async Task Three_runs_lie_on_the_same_axes_and_the_address_keeps_the_view()
    {
        var site = await shared.GetAsync();
        string[] ids = [Write(site, 16, 1), Write(site, 32, 2), Write(site, 64, 3)];
        await using var visit = await browser.OpenAsync(site);
        var page = visit.Page;
        await Poll.UntilAsync("the site has found the runs", TimeSpan.FromSeconds(15), async () =>
        {
            await visit.GoAsync("runs");
            return await page.Locator(string.Join(',', ids.Select(id => $"[data-run='{id}']"))).CountAsync() == 3;
        });
        foreach (var id in ids) await page.Locator($"tr:has([data-run='{id}']) input[type=checkbox]").CheckAsync();
        await Assertions.Expect(page.Locator("[data-selected='3']")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("c");
        await page.WaitForFunctionAsync("ids => ids.every(id => document.querySelector('run-compare')?.series(id)?.points.length === 120)", ids);
        await Assertions.Expect(page.Locator("[data-compared]")).ToHaveCountAsync(3);
        await Assertions.Expect(page.Locator("tr[data-setting^='k'] td")).ToHaveTextAsync(["16", "32", "64"]);

        // The smoothed line is the exponential mean without its bias, of what the file holds.
        await page.Locator("run-compare select").SelectOptionAsync("wall");
        await page.Locator("run-compare input[type=range]").FillAsync("0.8");
        var (seconds, smooth) = Expected(site, ids[1], 0.8);
        // It is drawn with the next frame.
        await page.WaitForFunctionAsync("last => Math.abs(document.querySelector('run-compare').charts.get('loss').lines[1].line.at(-1) - last) < 1e-6", smooth[^1]);
        var drawn = await page.EvaluateAsync<double[][]>("() => { const chart = document.querySelector('run-compare').charts.get('loss'); return [chart.lines[1].xs, chart.lines[1].line]; }");
        Assert.Equal(Points, drawn[0].Length);
        for (var i = 0; i < Points; i++)
        {
            Assert.Equal(seconds[i], drawn[0][i], 1e-3);
            Assert.Equal(smooth[i], drawn[1][i], 1e-6);
        }

        // What is under the cursor is read off for every run, by keys too.
        await page.Locator("[data-chart=loss] .run-canvas").FocusAsync();
        await page.Keyboard.PressAsync("Home");
        await Assertions.Expect(page.Locator("[data-chart=explained] .run-reading")).ToHaveTextAsync("0.0 s");
        await Assertions.Expect(page.Locator("[data-chart=loss] .run-readings li")).ToHaveCountAsync(3);

        // A run is taken off the charts, a curve is chosen, an axis is made logarithmic; a reload loses none of it.
        await page.Locator($"[data-show='{ids[0]}']").UncheckAsync();
        await page.Locator(".compare-menu summary").ClickAsync();
        await page.GetByRole(AriaRole.Checkbox, new PageGetByRoleOptions { Name = "Gradient norm" }).CheckAsync();
        await page.Locator("[data-chart=loss] .run-log-axis").ClickAsync();
        await visit.GoAsync(page.Url);
        await page.WaitForFunctionAsync("() => document.querySelector('run-compare')?.charts?.get('gradientNorm')?.lines.length === 2");
        Assert.Equal("wall", await page.Locator("run-compare select").InputValueAsync());
        Assert.Equal("0.8", await page.Locator("run-compare input[type=range]").InputValueAsync());
        Assert.True(await page.EvaluateAsync<bool>("() => document.querySelector('run-compare').charts.get('loss').log"));
        await Assertions.Expect(page.Locator($"[data-show='{ids[0]}']")).Not.ToBeCheckedAsync();

        // What a worker adds is drawn while the page is open.
        using (var run = RunFolder.Open(Path.Combine(site.Data, "runs", ids[2]))) run.Metric(new { Step = 10 * Points + 10, Columns = (10 * Points + 10) * Batch, Loss = 0.5, Seconds = 99.0 });
        await page.WaitForFunctionAsync("id => document.querySelector('run-compare').series(id).points.length === 121", ids[2]);

        // Every series of all three as one table.
        using var client = new HttpClient { BaseAddress = new Uri(site.Url) };
        var csv = await page.EvaluateAsync<string>("async () => (await fetch(document.querySelector('a[download]').href)).text()");
        var table = csv.TrimEnd('\n').Split('\n');
        Assert.StartsWith("run,step,columns,seconds,loss", table[0], StringComparison.Ordinal);
        Assert.Equal(ids.Sum(id => RunMetrics.Read(Path.Combine(site.Data, "runs", id, "metrics.jsonl")).DistinctBy(line => line.GetProperty("step").GetDouble()).Count()), table.Length - 1);
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task A_page_without_runs_says_what_to_do()
    {
        await using var visit = await browser.OpenAsync(await shared.GetAsync(), "runs/compare");
        await Assertions.Expect(visit.Page.GetByText("No runs to compare")).ToBeVisibleAsync();
        visit.AssertNoFaults();
        // A sweep that does not exist answers 404, which the browser's console says too.
        await visit.GoAsync("runs/compare?sweep=none%20such");
        await Assertions.Expect(visit.Page.GetByText("Sweep not found")).ToBeVisibleAsync();
    }

    private static string Write(SiteProcess site, int k, int seed)
    {
        var id = Ids.New("run");
        var random = new Random(seed);
        using var run = RunFolder.Open(Path.Combine(site.Data, "runs", id));
        run.WriteConfig(new JsonObject { ["architecture"] = "topK", ["latents"] = 256, ["k"] = k, ["batch"] = Batch, ["steps"] = 10 * Points });
        for (var point = 1; point <= Points; point++)
        {
            var step = 10 * point;
            run.Metric(new { Step = step, Columns = step * Batch, Loss = (1 + random.NextDouble()) / Math.Sqrt(point * k), ExplainedVariance = 1 - 1.0 / (point + k), DeadShare = 0.01, GradientNorm = random.NextDouble(), TokensPerSecond = 5e4, Seconds = step * 0.004 * seed });
            if (point % 12 == 0) run.Metric(new { Step = step, Columns = step * Batch, HeldOutLoss = 1.2 / Math.Sqrt(point * k), HeldOutExplainedVariance = 1 - 1.1 / (point + k) });
        }
        run.Report(StageName.Train, RunState.Done, 10 * Points, 10 * Points, 0, 0);
        return id;
    }

    private static (double[] Seconds, double[] Smooth) Expected(SiteProcess site, string id, double weight)
    {
        var lines = RunMetrics.Read(Path.Combine(site.Data, "runs", id, "metrics.jsonl")).Where(line => line.TryGetProperty("loss", out _)).ToArray();
        var (sum, mass) = (0.0, 0.0);
        // Evenly spaced: the spacing does not matter.
        var smooth = lines.Select(line =>
        {
            sum = weight * sum + line.GetProperty("loss").GetDouble();
            mass = weight * mass + 1;
            return sum / mass;
        }).ToArray();
        return ([.. lines.Select(line => line.GetProperty("seconds").GetDouble())], smooth);
    }
}
