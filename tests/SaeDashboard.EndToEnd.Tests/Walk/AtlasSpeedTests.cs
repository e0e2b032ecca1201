using System.Text.Json;
using Microsoft.Playwright;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Walk;

/// <summary>The map of 32,768 features: how long a frame takes, how soon a feature under the pointer sounds, and what the circuit carries.</summary>
[Trait("Length", "Long")]
public sealed class AtlasSpeedTests
{
    private const int Times = 16, Hovers = 40, MostMessage = 100_000;

    // WebGL in software where there is no GPU: what a test machine has.
    private static readonly string[] Flags =
    [
        "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist", "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--autoplay-policy=no-user-gesture-required",
    ];

    [Fact]
    public async Task A_map_of_32768_features_moves_and_sounds()
    {
        await using var site = await SiteProcess.StartNewAsync();
        WideSae.Make(Path.Combine(site.Data, "saes", "wide"), Times);
        using var client = new HttpClient { BaseAddress = new Uri(site.Url) };
        await Poll.UntilAsync("the map is served", TimeSpan.FromSeconds(90), async () => (await client.GetAsync(new Uri("api/v1/saes/wide/atlas", UriKind.Relative))).IsSuccessStatusCode);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = BrowserFixture.Program(), Args = Flags });
        foreach (var kind in new[] { "webgl", "canvas" })
        {
            await using var context = await browser.NewContextAsync(new BrowserNewContextOptions { BaseURL = site.Url, ViewportSize = new ViewportSize { Width = 1440, Height = 900 } });
            var page = await context.NewPageAsync();
            var largest = 0;
            page.WebSocket += (_, socket) => socket.FrameReceived += (_, frame) => largest = Math.Max(largest, (frame.Binary?.Length ?? 0) + (frame.Text?.Length ?? 0));
            await page.GotoAsync(kind == "canvas" ? "atlas/wide?canvas=1" : "atlas/wide");
            await page.WaitForFunctionAsync("() => document.querySelector('feature-atlas[ready]')", null, new PageWaitForFunctionOptions { Timeout = 60_000 });
            await page.WaitForSelectorAsync(".shell[data-interactive=true]");
            Assert.Equal(kind, await page.Locator("feature-atlas").GetAttributeAsync("drawn-by"));
            Assert.Equal(Times * 2048, await page.EvaluateAsync<int>("() => document.querySelector('feature-atlas').atlas.count"));
            await FramesAsync(page, kind);
            if (kind == "webgl") await HoversAsync(page);
            Report.Figure($"32,768 features, {kind}: largest message of the circuit", $"{largest} bytes");
            Assert.InRange(largest, 1, MostMessage);
        }
    }

    /// <summary>Each frame is drawn and waited for; then the browser's own frames are counted while the map moves.</summary>
    private static async Task FramesAsync(IPage page, string kind)
    {
        var frames = await page.EvaluateAsync<JsonElement>(
            """
            async () => {
              const map = document.querySelector('feature-atlas'), drawn = [], shown = [];
              const step = i => (i % 120 < 60 ? map.view.pan(6 * Math.cos(i / 9), 6 * Math.sin(i / 9)) : map.view.zoomAt(500, 300, i % 120 < 90 ? 1.05 : 1 / 1.05));
              for (let i = 0; i < 240; i++) {
                step(i);
                const from = performance.now();
                map.paintFrame();
                map.plot.finish();
                drawn.push(performance.now() - from);
              }
              map.fit();
              let last = 0;
              for (let i = 0; i < 240; i++) {
                step(i);
                map.moved();
                const now = await new Promise(done => requestAnimationFrame(done));
                if (last) shown.push(now - last);
                last = now;
              }
              const at = (list, part) => [...list].sort((a, b) => a - b)[Math.floor(part * list.length)];
              return { drawn50: at(drawn, .5), drawn95: at(drawn, .95), shown50: at(shown, .5), shown95: at(shown, .95) };
            }
            """);
        double Value(string name) => frames.GetProperty(name).GetDouble();
        Report.Figure($"32,768 features, {kind}: a frame drawn and waited for", $"median {Value("drawn50"):0.0} ms, p95 {Value("drawn95"):0.0} ms");
        Report.Figure($"32,768 features, {kind}: between frames while the map moves", $"median {Value("shown50"):0.0} ms, p95 {Value("shown95"):0.0} ms");
        // A software renderer on a busy machine: a limit that only a fault passes.
        if (Report.Strict) Assert.InRange(Value("drawn95"), 0, 60);
    }

    /// <summary>The pointer goes from feature to feature as a person's does; first where nothing was fetched, then where it was.</summary>
    private static async Task HoversAsync(IPage page)
    {
        foreach (var fetched in new[] { false, true })
        {
            var times = new List<double>();
            var (x, y) = (400f, 250f);
            for (var i = 0; i < Hovers; i++)
            {
                var place = await page.EvaluateAsync<float[]>(
                    """
                    ([i, fetched]) => {
                      const map = document.querySelector('feature-atlas'), box = map.querySelector('.atlas-overlay').getBoundingClientRect();
                      if (i === 0) { map.view.set({ x: 0, y: 0, zoom: fetched ? 24 : 12 }); map.moved(); }
                      const seen = (globalThis.seen ??= new Set()), middle = map.view.toMap(map.view.width / 2, map.view.height / 2);
                      const next = map.index.nearestOf(...middle, 400, each => map.shows(each) && (map.atlas.flags[each] & 4)).find(each => !seen.has(each));
                      seen.add(next);
                      map.view.set({ x: map.atlas.positions[2 * next] + 40 / map.view.scale, y: map.atlas.positions[2 * next + 1], zoom: map.view.zoom });
                      map.paintFrame();
                      const [left, top] = map.view.toScreen(map.atlas.positions[2 * next], map.atlas.positions[2 * next + 1]);
                      return [box.left + left, box.top + top, next];
                    }
                    """, new object[] { i, fetched });
                if (fetched)
                {
                    // It comes near and slows down, as a hand does: voices within 120 pixels are fetched meanwhile.
                    await page.Mouse.MoveAsync(place[0] - 60, place[1] + 40);
                    await Task.Delay(500);
                }
                await page.Mouse.MoveAsync(place[0], place[1]);
                var took = await page.EvaluateAsync<double?>(
                    """
                    async feature => {
                      const { voices } = document.querySelector('feature-atlas'), until = performance.now() + 4000;
                      while (performance.now() < until) {
                        if (voices.last?.sounding && voices.last.feature === feature) return voices.last.sounding - voices.last.asked;
                        await new Promise(done => setTimeout(done, 5));
                      }
                      return null;
                    }
                    """, (int)place[2]);
                if (took is { } ms) times.Add(ms);
                (x, y) = (place[0], place[1]);
                await page.Mouse.MoveAsync(x - 300, y - 200);
            }
            times.Sort();
            Assert.True(times.Count > Hovers / 2, $"only {times.Count} of {Hovers} sounded");
            var name = fetched ? "fetched while the pointer came near" : "never fetched, decoded on demand";
            Report.Figure($"Hover to sound, {name}", $"{times.Count} of {Hovers}: median {times[times.Count / 2]:0} ms, p95 {times[(int)(times.Count * 0.95)]:0} ms");
            if (Report.Strict && fetched) Assert.InRange(times[(int)(times.Count * 0.95)], 0, 150);
        }
    }
}
