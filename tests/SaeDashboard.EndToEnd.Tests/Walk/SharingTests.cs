using Microsoft.Playwright;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Walk;

/// <summary>A preset leaves the site: by a link, and as a file that needs no site.</summary>
public sealed class SharingTests(SharedSite shared, BrowserFixture browser) : IDisposable
{
    // The output goes through a meter, whatever plays.
    private const string Meter = """
        const Real = AudioContext;
        globalThis.AudioContext = class extends Real {
          constructor(...options) {
            super(...options);
            const meter = this.createAnalyser(), out = super.destination;
            meter.connect(out);
            globalThis.meter = meter;
            Object.defineProperty(this, 'destination', { get: () => meter });
          }
        };
        globalThis.loudest = async seconds => {
          const samples = new Float32Array(globalThis.meter.fftSize);
          let loudest = 0;
          for (const end = performance.now() + seconds * 1000; performance.now() < end; await new Promise(requestAnimationFrame)) {
            globalThis.meter.getFloatTimeDomainData(samples);
            loudest = Math.max(loudest, ...samples.map(Math.abs));
          }
          return loudest;
        };
        """;

    private readonly string folder = Directory.CreateTempSubdirectory("sae-e2e-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_link_sounds_within_one_press_in_another_browser_both_arms_and_a_revoked_one_opens_nothing()
    {
        var site = await shared.GetAsync();
        var (word, preset) = (await SharedLinks.MakeAsync(site), await SharedLinks.PresetAsync(site));
        await using var receiver = await browser.OpenAsync(site, $"p/{word}");
        var page = receiver.Page;
        await page.Locator("preset-player .play-button").ClickAsync();
        var steered = await Sound.HearAsync(page);
        Assert.InRange(steered.Decibels, -60, 0);
        Assert.InRange(steered.Correlation(await Sound.DownloadAsync(site, $"api/v1/presets/{preset}/steered.wav")), 0.95, 1.001);
        await page.Locator("preset-player button[data-arm=baseline]").ClickAsync();
        var baseline = await Sound.HearAsync(page);
        Assert.InRange(baseline.Correlation(await Sound.DownloadAsync(site, $"api/v1/presets/{preset}/baseline.wav")), 0.95, 1.001);

        using var http = new HttpClient { BaseAddress = new Uri(site.Url) };
        Assert.True((await http.DeleteAsync(new Uri($"api/v1/presets/{preset}/links/{word}", UriKind.Relative), TestContext.Current.CancellationToken)).IsSuccessStatusCode);
        await receiver.GoAsync($"p/{word}");
        await Assertions.Expect(page.GetByText("This link opens nothing")).ToBeVisibleAsync();
        receiver.Forgive();
    }

    [Fact]
    public async Task The_page_file_plays_both_arms_from_the_disk_with_the_network_off()
    {
        var site = await shared.GetAsync();
        using var http = new HttpClient { BaseAddress = new Uri(site.Url) };
        var file = Path.Combine(folder, "preset.html");
        await File.WriteAllBytesAsync(file, await http.GetByteArrayAsync(new Uri($"api/v1/presets/{await SharedLinks.PresetAsync(site)}.html", UriKind.Relative), TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
        await using var visit = await browser.OpenAsync(site, "jobs");
        await using var alone = await visit.Page.Context.Browser!.NewContextAsync(new BrowserNewContextOptions { Offline = true });
        var page = await alone.NewPageAsync();
        var (faults, asked) = (new List<string>(), new List<string>());
        page.Console += (_, message) => { if (message.Type == "error") faults.Add(message.Text); };
        page.PageError += (_, error) => faults.Add(error);
        page.Request += (_, request) => asked.Add(request.Url);
        await page.AddInitScriptAsync(Meter);
        await page.GotoAsync(new Uri(file).AbsoluteUri);
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Play" }).ClickAsync();
        Assert.InRange(await page.EvaluateAsync<double>("loudest(0.6)"), 0.005, 1.01);
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Baseline" }).ClickAsync();
        await Assertions.Expect(page.Locator("[data-arm='0']")).ToHaveAttributeAsync("aria-pressed", "true");
        Assert.InRange(await page.EvaluateAsync<double>("loudest(0.6)"), 0.005, 1.01);
        // One playhead: it moved, and a pause keeps it.
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Pause" }).ClickAsync();
        Assert.NotEqual("0:00.0", await page.Locator("#time").TextContentAsync());
        Assert.Empty(faults);
        Assert.Single(asked);
    }
}
