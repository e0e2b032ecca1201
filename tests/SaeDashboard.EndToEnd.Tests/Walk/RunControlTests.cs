using System.Text.Json.Nodes;
using Microsoft.Playwright;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Walk;

/// <summary>A real run is paused, forked and resumed; a sweep makes its runs.</summary>
public sealed class RunControlTests(SharedSite shared, BrowserFixture browser)
{
    private static readonly LocatorAssertionsToHaveAttributeOptions Patience = new() { Timeout = 60_000 };

    [Fact]
    public async Task A_run_is_paused_forked_and_resumes_where_it_was()
    {
        var site = await shared.GetAsync();
        await using var visit = await browser.OpenAsync(site, "runs/new");
        var page = visit.Page;
        // Longer than any machine takes for what follows: it is cancelled at the end.
        var id = await RunForm.StartAsync(page, steps: 60_000);
        var run = Path.Combine(site.Data, "runs", id);
        await PointsAsync(page, 3);
        await page.Keyboard.PressAsync("p");
        await StateAsync(page, RunState.Paused);
        await Poll.UntilAsync("the device is free", TimeSpan.FromSeconds(20), () => site.Workers("run").Length == 0);
        var step = RunFolder.ReadStatus(run)!.Step;
        Assert.True(step > 0);

        // What it has saved is kept for good, and another run begins with it.
        var saved = page.Locator($"[data-checkpoint='{step}']");
        await saved.Locator(".icon-button").ClickAsync();
        await Assertions.Expect(saved).ToContainTextAsync("pinned");
        Assert.True(File.Exists(Path.Combine(run, "checkpoints", $"{step}", "pinned")));
        await page.Keyboard.PressAsync("f");
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("Fork a run");
        foreach (var field in new[] { "model", "dataset", "layer", "point", "clips", "condition", "architecture", "latents" })
        {
            await Assertions.Expect(page.Locator($"#run-{field}")).ToBeDisabledAsync();
            await Assertions.Expect(page.Locator($"#run-{field}-hint")).ToContainTextAsync("checkpoint");
        }
        await Assertions.Expect(page.Locator("#run-latents")).ToHaveValueAsync("256");
        // The steps continue from the checkpoint's.
        await page.Locator("#run-steps").FillAsync($"{step}");
        await Assertions.Expect(page.Locator("#run-steps")).ToHaveAttributeAsync("aria-invalid", "true");
        await page.Locator("#run-steps").FillAsync("60000");
        await page.Locator("#run-learning-rate").FillAsync("0.0005");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Start the run" }).ClickAsync();
        await page.WaitForFunctionAsync("id => (document.querySelector('[data-run]')?.dataset.run ?? id) !== id", id);
        var fork = (await page.Locator("[data-run]").GetAttributeAsync("data-run"))!;
        var plan = JsonFile.Read<RunPlan>(Path.Combine(site.Data, "runs", fork, "config.json"));
        Assert.Equal(new RunFork(run, step), plan.Fork);
        Assert.Equal((256, 0.0005), (plan.Train.Values.Latents, plan.Train.Values.LearningRate));
        await Assertions.Expect(page.Locator(".run-origin")).ToContainTextAsync("Forked from checkpoint");
        await page.Keyboard.PressAsync("x");
        await StateAsync(page, RunState.Cancelled);

        await visit.GoAsync($"runs/{id}");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Resume" }).ClickAsync();
        await page.WaitForFunctionAsync("step => document.querySelector('run-live').points.at(-1)?.step > step", step, new PageWaitForFunctionOptions { Timeout = 60_000 });
        Assert.Contains(File.ReadAllLines(Path.Combine(run, "metrics.jsonl")), line => JsonNode.Parse(line)?["resumedFrom"]?.GetValue<long>() == step);
        await page.Keyboard.PressAsync("x");
        await StateAsync(page, RunState.Cancelled);
        visit.AssertNoFaults();
    }

    [Fact]
    [Trait("Length", "Long")]
    public async Task A_sweep_of_two_values_makes_two_runs_on_the_same_activations_and_a_page_that_ranks_them()
    {
        var site = await shared.GetAsync();
        await using var visit = await browser.OpenAsync(site, "runs/new");
        var page = visit.Page;
        await RunForm.FillAsync(page, steps: 60);
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Vary a setting" }).ClickAsync();
        await page.Locator("#run-vary-k").FillAsync("2, 300, 2");
        await Assertions.Expect(page.Locator("#run-vary-problems")).ToContainTextAsync("k has 2 2 times");
        await Assertions.Expect(page.Locator("#run-k")).ToBeDisabledAsync();
        await page.Locator("#run-vary-k").FillAsync("2, 16");
        await Assertions.Expect(page.Locator("[data-sweep-runs]")).ToHaveTextAsync("2");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Start 2 runs" }).ClickAsync();
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("Sweep of k");
        var rows = page.Locator("[data-compared]");
        await Assertions.Expect(rows).ToHaveCountAsync(2);
        await Poll.UntilAsync("both runs are done", TimeSpan.FromSeconds(300), async () => (await rows.AllInnerTextsAsync()).All(text => text.Contains("ready", StringComparison.OrdinalIgnoreCase)));

        // 16 active features explain more than 2: the largest result on top.
        await page.Locator("[data-sort=heldOutExplainedVariance]").ClickAsync();
        await Assertions.Expect(rows.First).ToContainTextAsync("k 16");
        await page.Locator("[data-sort=heldOutExplainedVariance]").ClickAsync();
        await Assertions.Expect(rows.First).ToContainTextAsync("k 2");
        Assert.Contains("sort=heldOutExplainedVariance", page.Url, StringComparison.Ordinal);
        await Assertions.Expect(page.Locator("[data-setting^='k']")).ToContainTextAsync("16");
        var plans = Directory.GetFiles(Path.Combine(site.Data, "runs"), "config.json", SearchOption.AllDirectories)
            .Where(file => File.ReadAllText(file).Contains("\"Sweep of k\"", StringComparison.Ordinal)).Select(JsonFile.Read<RunPlan>).ToArray();
        Assert.Equal(2, plans.Length);
        Assert.Equal(plans[0].ActivationsPath, plans[1].ActivationsPath);

        // In the list of runs it is one line.
        await visit.GoAsync("runs");
        await Assertions.Expect(page.Locator("[data-sweep='Sweep of k']")).ToContainTextAsync("2 of 2 ready; best explained variance");
        visit.AssertNoFaults();
    }

    private static async Task PointsAsync(IPage page, int least) =>
        await page.WaitForFunctionAsync("least => (document.querySelector('run-live')?.points?.length ?? 0) >= least", least, new PageWaitForFunctionOptions { Timeout = 60_000 });

    private static Task StateAsync(IPage page, RunState state) => Assertions.Expect(page.Locator("[data-run]")).ToHaveAttributeAsync("data-state", state.Name(), Patience);
}
