using System.Text.Json;
using Microsoft.Playwright;
using SaeDashboard.Core.Takes;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Restart;

/// <summary>The web process or the worker is killed in the middle, and nothing is lost.</summary>
public sealed class RestartTests(BrowserFixture browser) : IAsyncLifetime
{
    private SiteProcess site = null!;

    public async ValueTask InitializeAsync() => site = await SiteProcess.StartNewAsync();

    public async ValueTask DisposeAsync() => await site.DisposeAsync();

    [Fact]
    public async Task A_run_outlives_the_site_and_its_open_page_comes_back_whole()
    {
        await using var visit = await browser.OpenAsync(site, "runs/new");
        var page = visit.Page;
        // Longer than any machine takes for what follows: it is cancelled at the end.
        var run = await RunForm.StartAsync(page, steps: 60_000);
        await PointsAsync(page, 5);
        var worker = Assert.Single(site.Workers("run"));

        // A crash of the web process: the worker continues, the page comes back by itself.
        visit.Forgive();
        await visit.MarkAsync();
        await site.KillAsync();
        Assert.Equal([worker], site.Workers("run"));
        var before = Metrics(run).Length;
        await Poll.UntilAsync("the worker continues alone", TimeSpan.FromSeconds(20), () => Metrics(run).Length > before);
        await site.StartAsync();
        Assert.Equal([worker], site.Workers("run"));
        await visit.CameBackAsync();
        await PointsAsync(page, before + 1);
        await EndsWholeAsync(page, run);
    }

    [Fact]
    [Trait("Length", "Long")]
    public async Task Control_C_ends_the_site_and_its_music_worker_and_not_the_run()
    {
        await using var visit = await browser.OpenAsync(site, "runs/new");
        var page = visit.Page;
        var run = await RunForm.StartAsync(page, steps: 60_000);
        await PointsAsync(page, 5);
        var worker = Assert.Single(site.Workers("run"));
        visit.Forgive();
        await visit.MarkAsync();
        var exit = await site.InterruptAsync();
        Assert.Equal(0, exit);
        Assert.Equal([worker], site.Workers("run"));
        await Poll.UntilAsync("no music worker is left", TimeSpan.FromSeconds(10), () => site.Workers("serve").Length == 0);
        await site.StartAsync();
        await visit.CameBackAsync();
        await PointsAsync(page, Metrics(run).Length + 3);
        await EndsWholeAsync(page, run);
    }

    /// <summary>Cancels a run; the open page has every one of its points then: none missing, none twice, in order.</summary>
    private async Task EndsWholeAsync(IPage page, string run)
    {
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Cancel" }).ClickAsync();
        await Assertions.Expect(page.Locator("[data-run]")).ToHaveAttributeAsync("data-state", "cancelled", new LocatorAssertionsToHaveAttributeOptions { Timeout = 30_000 });
        await Poll.UntilAsync("the worker ended", TimeSpan.FromSeconds(30), () => site.Workers("run").Length == 0);
        await PointsAsync(page, Metrics(run).Length);
        var steps = await page.EvaluateAsync<long[]>("() => document.querySelector('run-live').points.map(point => point.step)");
        Assert.Equal(Metrics(run), steps);
        Report.Figure("A run whose site was killed and ended", $"{steps.Length} points, all on the page that stayed open");
    }

    [Fact]
    public async Task A_clean_stop_closes_what_is_open()
    {
        var log = Path.Combine(site.Data, "dashboard-log.litedb");
        Assert.True(File.Exists(log), "LiteDB keeps the first writes in its log while it is open");
        Assert.Equal(0, await site.TerminateAsync());
        Assert.False(File.Exists(log), "the log is still there: LiteDB was not closed");
        await site.StartAsync();
        Assert.DoesNotContain("made from the journal", site.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_killed_worker_is_reported_with_its_last_log_lines_and_the_site_lives()
    {
        await using var visit = await browser.OpenAsync(site, "runs/new");
        var page = visit.Page;
        await RunForm.StartAsync(page, steps: 60_000);
        await PointsAsync(page, 3);
        Processes.Signal(Assert.Single(site.Workers("run")), Processes.Kill);
        var alert = page.GetByRole(AriaRole.Main).GetByRole(AriaRole.Alert);
        await Assertions.Expect(alert).ToBeVisibleAsync();
        await Assertions.Expect(alert.Locator(".log")).Not.ToBeEmptyAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Resume" })).ToBeVisibleAsync();
        using var client = new HttpClient { BaseAddress = new Uri(site.Url) };
        Assert.Equal("ready", await client.GetStringAsync(new Uri("health/ready", UriKind.Relative), TestContext.Current.CancellationToken));
        visit.AssertNoFaults();
    }

    [Fact]
    [Trait("Length", "Long")]
    public async Task A_take_outlives_the_site_and_names_and_stars_are_still_there()
    {
        await using var visit = await browser.OpenAsync(site, "features");
        var page = visit.Page;
        await page.Locator("tr[data-feature] a.name").First.ClickAsync();
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Add label" }).ClickAsync();
        await page.Locator("#label-text").FillAsync("Bells, far away");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Name = "Bells, far away" })).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "4 stars" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "4 stars" })).ToHaveAttributeAsync("aria-pressed", "true");
        var feature = new Uri(page.Url).AbsolutePath.TrimStart('/');

        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Steer with this" }).ClickAsync();
        await page.Locator("strength-fader").First.WaitForAsync();
        var take = await StudioForm.GenerateAsync(page, seconds: 8);
        await page.WaitForFunctionAsync("() => globalThis.saeStudio.chunks.C?.length >= 2", null, new PageWaitForFunctionOptions { Timeout = 60_000 });
        var folder = new TakeFolder(Path.Combine(site.Data, "takes", take));
        visit.Forgive();
        await visit.MarkAsync();
        await site.KillAsync();
        Assert.True(TakeStates.IsLive(folder.ReadManifest().State), "the site was killed in the middle of the take");
        await Poll.UntilAsync("the worker finishes the take alone", TimeSpan.FromSeconds(60), () => !TakeStates.IsLive(folder.ReadManifest().State));
        await site.StartAsync();
        await visit.CameBackAsync();
        visit.Judge();

        var manifest = folder.ReadManifest();
        Assert.Equal(TakeState.Done, manifest.State);
        await visit.GoAsync($"studio/takes/{take}");
        await Assertions.Expect(page.Locator($"[data-take='{take}']")).ToHaveAttributeAsync("data-state", "done");
        foreach (var arm in new[] { "A", "C" }) Assert.Equal(manifest.Samples, (await Sound.DownloadAsync(site, $"api/v1/takes/{take}/{arm}.wav")).SampleCount);

        await visit.GoAsync(feature);
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Name = "Bells, far away" })).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "4 stars" })).ToHaveAttributeAsync("aria-pressed", "true");
        visit.AssertNoFaults();
    }

    /// <summary>Waits until the open page has drawn this many points.</summary>
    private static async Task PointsAsync(IPage page, int least) =>
        await page.WaitForFunctionAsync("least => (document.querySelector('run-live')?.points?.length ?? 0) >= least", least, new PageWaitForFunctionOptions { Timeout = 60_000 });

    /// <summary>The steps of the points that the worker has written; measures on held-out clips are another kind of line.</summary>
    private long[] Metrics(string run)
    {
        var path = Path.Combine(site.Data, "runs", run, "metrics.jsonl");
        if (!File.Exists(path)) return [];
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var text = new StreamReader(stream).ReadToEnd();
        return
        [
            .. text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonDocument.Parse(line).RootElement)
                .Where(line => line.TryGetProperty("loss", out _))
                .Select(line => line.GetProperty("step").GetInt64()),
        ];
    }
}
