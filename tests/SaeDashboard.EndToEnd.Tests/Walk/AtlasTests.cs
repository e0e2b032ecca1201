using System.Text.Json;
using Microsoft.Playwright;
using SaeDashboard.Core.Features;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Walk;

/// <summary>The map of features is heard, searched, drawn on, gone through by keys and read as a table.</summary>
public sealed class AtlasTests(SharedSite shared, BrowserFixture browser)
{
    private const string Ready = "() => document.querySelector('feature-atlas[ready]')";

    /// <summary>Where a feature is in the window: [x, y].</summary>
    private const string Place =
        """
        feature => {
          const map = document.querySelector('feature-atlas'), box = map.querySelector('.atlas-overlay').getBoundingClientRect();
          const [x, y] = map.view.toScreen(map.atlas.positions[2 * feature], map.atlas.positions[2 * feature + 1]);
          return [box.left + x, box.top + y];
        }
        """;

    [Fact]
    public async Task The_pointer_plays_the_voice_of_the_feature_under_it()
    {
        var site = await shared.GetAsync();
        await using var visit = await OpenAsync(site);
        var page = visit.Page;
        // Closer, so that a pointer on a point is on no other one.
        await page.EvaluateAsync("feature => { const map = document.querySelector('feature-atlas'); map.view.set({ x: map.atlas.positions[2 * feature], y: map.atlas.positions[2 * feature + 1], zoom: 12 }); map.moved(); }", DemoSae.Taiko);
        // Sound needs a gesture, as it does for people.
        await page.Mouse.ClickAsync(700, 20);
        var place = await page.EvaluateAsync<float[]>(Place, DemoSae.Taiko);
        await page.Mouse.MoveAsync(place[0], place[1]);
        await page.WaitForFunctionAsync("feature => saeAudio.state.id?.endsWith(`/${feature}`) && saeAudio.state.playing", DemoSae.Taiko);
        await Assertions.Expect(page.Locator(".atlas-card")).ToContainTextAsync($"#{DemoSae.Taiko}");
        var heard = await Sound.HearAsync(page);
        var sae = new Uri(page.Url).Segments[^1];
        var voice = await Sound.DownloadAsync(site, $"api/v1/saes/{sae}/features/{DemoSae.Taiko}/voice.wav");
        Assert.InRange(heard.Correlation(voice), 0.95, 1.001);
        Assert.InRange(voice.Seconds, 3.9, 4.1);

        // The voice is what it says: its first half second is that of a top clip, decoded whole, around its strongest moment.
        using var index = FeatureIndex.Open(Path.Combine(Clone.Demo, "sae", "index"));
        var best = 0.0;
        foreach (var top in index.TopClips(DemoSae.Taiko).Take(3))
        {
            var clip = await Sound.DownloadAsync(site, $"api/v1/datasets/{await DatasetAsync(site, sae)}/clips/{top.Row}.wav");
            var from = (int)(Math.Max(0, (top.Column - 1) / index.Info.FrameRate - 0.12) * clip.SampleRate);
            best = Math.Max(best, Correlation(voice.Channels[0].AsSpan(0, clip.SampleRate / 2), clip.Channels[0].AsSpan(from, clip.SampleRate / 2)));
        }
        Report.Figure("A voice", $"correlation of its first excerpt with the clip decoded whole {best:0.0000}");
        Assert.InRange(best, 0.9, 1.001);

        // A second feature replaces the first; Escape ends the sound.
        var other = await page.EvaluateAsync<int>(
            """
            feature => {
              const map = document.querySelector('feature-atlas'), of = each => map.view.toScreen(map.atlas.positions[2 * each], map.atlas.positions[2 * each + 1]), [x, y] = of(feature);
              const far = each => Math.hypot(of(each)[0] - x, of(each)[1] - y);
              // Away from the first, and not below the card or the buttons.
              return map.inView.filter(each => each !== feature && far(each) > 40 && of(each)[0] < map.view.width - 340 && of(each)[1] < map.view.height - 160).sort((a, b) => far(a) - far(b))[0];
            }
            """, DemoSae.Taiko);
        place = await page.EvaluateAsync<float[]>(Place, other);
        await page.Mouse.MoveAsync(place[0], place[1]);
        await page.WaitForFunctionAsync("feature => saeAudio.state.id?.endsWith(`/${feature}`) && saeAudio.state.playing", other);
        await page.Keyboard.PressAsync("Escape");
        await page.WaitForFunctionAsync("() => saeAudio.state.id === null");
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task A_lasso_selects_exactly_the_points_inside_and_the_address_keeps_them()
    {
        await using var visit = await OpenAsync(await shared.GetAsync());
        var page = visit.Page;
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Lasso" }).ClickAsync();
        var box = (await page.Locator(".atlas-overlay").BoundingBoxAsync())!;
        var (x, y, reach) = (box.X + box.Width / 2, box.Y + box.Height / 2, Math.Min(box.Width, box.Height) / 4);
        const int corners = 24;
        await page.Mouse.MoveAsync(x + reach, y);
        await page.Mouse.DownAsync();
        for (var corner = 1; corner <= corners; corner++)
            await page.Mouse.MoveAsync(x + reach * MathF.Cos(2 * MathF.PI * corner / corners), y + 0.8f * reach * MathF.Sin(2 * MathF.PI * corner / corners));
        await page.Mouse.UpAsync();
        await page.Locator(".atlas-selection").WaitForAsync();

        // A second way: the angle that the polygon turns around each point.
        var counted = await page.EvaluateAsync<JsonElement>(
            """
            () => {
              const map = document.querySelector('feature-atlas'), { polygon } = map.rules[0], { positions } = map.atlas;
              const winds = (x, y) => {
                let turned = 0;
                for (let i = 0; i < polygon.length; i += 2) {
                  const j = (i + 2) % polygon.length, step = Math.atan2(polygon[j + 1] - y, polygon[j] - x) - Math.atan2(polygon[i + 1] - y, polygon[i] - x);
                  turned += Math.atan2(Math.sin(step), Math.cos(step));
                }
                return Math.abs(turned) > Math.PI;
              };
              const inside = [];
              for (let i = 0; i < map.atlas.count; i++) if ((map.atlas.flags[i] & 1) && winds(positions[2 * i], positions[2 * i + 1])) inside.push(i);
              return { inside, selected: map.selected };
            }
            """);
        int[] Numbers(string name) => [.. counted.GetProperty(name).EnumerateArray().Select(each => each.GetInt32())];
        Assert.Equal(Numbers("inside"), Numbers("selected"));
        Assert.InRange(Numbers("selected").Length, 20, 1300);
        await Assertions.Expect(page.Locator(".atlas-selection b")).ToHaveTextAsync($"{Numbers("selected").Length:N0} selected");

        await page.WaitForFunctionAsync("() => new URLSearchParams(location.search).get('select')");
        await page.ReloadAsync();
        await page.WaitForFunctionAsync(Ready);
        Assert.Equal(Numbers("selected"), await page.EvaluateAsync<int[]>("() => document.querySelector('feature-atlas').selected"));
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Show as a table" }).ClickAsync();
        await Assertions.Expect(page.Locator(".atlas-table caption")).ToContainTextAsync($"Selected: {Numbers("selected").Length:N0} features");
        if (Numbers("selected").Length <= 500)
        {
            await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Open in Features" }).ClickAsync();
            await page.WaitForURLAsync("**/features/*?select=**");
            await Assertions.Expect(page.Locator("[data-selected]")).ToHaveAttributeAsync("data-selected", FormattableString.Invariant($"{Numbers("selected").Length}"));
            await page.GoBackAsync();
            await page.WaitForFunctionAsync(Ready);
        }
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Clear", Exact = true }).ClickAsync();
        await Assertions.Expect(page.Locator(".atlas-selection")).ToBeHiddenAsync();
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task A_selection_of_any_size_becomes_a_list_on_the_map_itself()
    {
        await using var visit = await OpenAsync(await shared.GetAsync());
        var page = visit.Page;
        // Around everything.
        await page.EvaluateAsync("() => { const map = document.querySelector('feature-atlas'); map.set({ rules: [{ polygon: [-1e4, -1e4, 1e4, -1e4, 1e4, 1e4, -1e4, 1e4] }] }); }");
        var selected = await page.EvaluateAsync<int[]>("() => document.querySelector('feature-atlas').selected");
        Assert.InRange(selected.Length, 1000, 2048);
        // Its address would be longer than a server takes.
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Open in Features" })).ToBeHiddenAsync();
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Add to a list…" }).ClickAsync();
        var name = $"Map {Guid.NewGuid():N}"[..16];
        await page.Locator("#list-form").WaitForAsync();
        if (await page.Locator("#list-choice").CountAsync() > 0) await page.Locator("#list-choice").SelectOptionAsync("");
        await page.Locator("#list-name").FillAsync(name);
        await page.Locator("#list-form").EvaluateAsync("form => form.requestSubmit()");
        await Assertions.Expect(page.Locator(".mud-snackbar").Last).ToContainTextAsync($"Made the list “{name}” with {selected.Length:N0} features.");
        var sae = new Uri(page.Url).Segments[^1];
        var lists = await page.EvaluateAsync<JsonElement>("async sae => (await fetch(`api/v1/saes/${sae}/lists`)).json()", sae);
        var list = lists.GetProperty("items").EnumerateArray().Single(each => each.GetProperty("name").GetString() == name);
        Assert.Equal(selected, list.GetProperty("features").EnumerateArray().Select(each => each.GetInt32()));
        // What it was made from is still selected, and the map has not moved.
        await Assertions.Expect(page.Locator(".atlas-selection b")).ToHaveTextAsync($"{selected.Length:N0} selected");
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task Keys_go_through_the_map_and_open_a_feature_and_back_leads_to_the_same_map()
    {
        await using var visit = await OpenAsync(await shared.GetAsync());
        var page = visit.Page;
        var seen = new List<int>();
        foreach (var key in new[] { "ArrowRight", "ArrowRight", "ArrowDown", "ArrowRight", "ArrowUp", "ArrowLeft" })
        {
            await page.Keyboard.PressAsync(key);
            seen.Add(await page.EvaluateAsync<int>("() => document.querySelector('feature-atlas').focused"));
        }
        Assert.True(seen.Distinct().Count() >= 4, string.Join(' ', seen));
        await Assertions.Expect(page.Locator("[data-atlas=said]")).ToContainTextAsync($"feature {seen[^1]}");
        await page.Keyboard.PressAsync(" ");
        await page.WaitForFunctionAsync("feature => saeAudio.state.id?.endsWith(`/${feature}`) && saeAudio.state.playing", seen[^1]);
        await page.Keyboard.PressAsync("]");
        await Assertions.Expect(page.Locator(".atlas-selection b")).ToHaveTextAsync("6 selected");
        await page.Keyboard.PressAsync("t");
        await Assertions.Expect(page.Locator(".atlas-table tbody tr")).ToHaveCountAsync(6);
        await page.Keyboard.PressAsync("+");
        var zoom = await page.EvaluateAsync<double>("() => document.querySelector('feature-atlas').view.zoom");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync($"**/features/**/{seen[^1]}");
        await page.GoBackAsync();
        await page.WaitForFunctionAsync(Ready);
        var state = await page.EvaluateAsync<JsonElement>("() => { const map = document.querySelector('feature-atlas'); return { focused: map.focused, selected: map.selected.length, zoom: map.view.zoom }; }");
        Assert.Equal((seen[^1], 6), (state.GetProperty("focused").GetInt32(), state.GetProperty("selected").GetInt32()));
        Assert.Equal(zoom, state.GetProperty("zoom").GetDouble(), 0.01);
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task A_search_lights_what_it_finds_and_a_label_appears_without_a_reload()
    {
        var site = await shared.GetAsync();
        await using var visit = await OpenAsync(site);
        var page = visit.Page;
        await page.Keyboard.PressAsync("/");
        await page.Keyboard.TypeAsync("taiko");
        await Assertions.Expect(page.Locator("[data-atlas=note]")).ToContainTextAsync("found");
        var sae = new Uri(page.Url).Segments[^1];
        await AssertFoundAsync("taiko");
        // What is found is on top, in more ink than the rest.
        Assert.True(await page.EvaluateAsync<bool>("() => { const map = document.querySelector('feature-atlas'); return [...map.found].filter(map.shows).every(feature => map.sizesOfPoints[feature] > 1); }"));
        // A misspelled word finds what the list finds, and says so.
        await page.Keyboard.TypeAsync("o");
        await Assertions.Expect(page.Locator("[data-atlas=note]")).ToContainTextAsync("No label or caption has “taikoo”; showing “taiko”.");
        await AssertFoundAsync("taikoo");
        await using var other = await browser.OpenAsync(site, $"features/{sae}");
        var saved = await other.Page.EvaluateAsync<int>(
            "async ([sae, feature]) => (await fetch(`api/v1/saes/${sae}/features/${feature}/label`, { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ text: 'a mapped drum', note: null, basedOn: null }) })).status",
            new object[] { sae, DemoSae.Taiko + 1 });
        Assert.Equal(200, saved);
        await page.WaitForFunctionAsync("feature => document.querySelector('feature-atlas').names.label[feature] === 'a mapped drum'", DemoSae.Taiko + 1);
        visit.AssertNoFaults();

        async Task AssertFoundAsync(string typed)
        {
            // A second way: the list of features, through the API.
            var list = await page.EvaluateAsync<JsonElement>("async ([sae, q]) => (await fetch(`api/v1/saes/${sae}/features?all=1&sort=index&limit=1000&q=${q}`)).json()", new object[] { sae, typed });
            var expected = list.GetProperty("items").EnumerateArray().Select(each => each.GetProperty("index").GetInt32()).ToArray();
            Assert.NotEmpty(expected);
            Assert.Equal(expected, await page.EvaluateAsync<int[]>("() => [...document.querySelector('feature-atlas').found]"));
        }
    }

    [Fact]
    public async Task The_points_are_drawn_where_they_are_in_the_colours_of_the_theme()
    {
        await using var visit = await OpenAsync(await shared.GetAsync());
        var page = visit.Page;
        foreach (var (theme, kind) in new[] { ("dark", "webgl"), ("light", "webgl"), ("dark", "canvas"), ("light", "canvas") })
        {
            if (kind == "canvas" && !page.Url.Contains("canvas", StringComparison.Ordinal))
            {
                // As in a browser without WebGL2.
                await visit.GoAsync(page.Url.Split('?')[0] + "?canvas=1");
                await page.WaitForFunctionAsync(Ready);
                Assert.Equal("canvas", await page.Locator("feature-atlas").GetAttributeAsync("drawn-by"));
            }
            await Pages.PageChecks.SetThemeAsync(visit, theme);
            // The share of points whose own pixel has ink, and of empty places that have none.
            var ink = await page.EvaluateAsync<double[]>(
                """
                async () => {
                  const map = document.querySelector('feature-atlas');
                  map.paintFrame();
                  const copy = new OffscreenCanvas(map.plot.canvas.width, map.plot.canvas.height), pen = copy.getContext('2d');
                  pen.drawImage(map.plot.canvas, 0, 0);
                  const { data, width } = pen.getImageData(0, 0, copy.width, copy.height), ratio = copy.width / map.view.width;
                  const alpha = (x, y) => data[4 * (Math.round(y * ratio) * width + Math.round(x * ratio)) + 3];
                  let [points, drawn, empty, clean] = [0, 0, 0, 0];
                  for (const feature of map.inView) {
                    points++;
                    if (alpha(...map.view.toScreen(map.atlas.positions[2 * feature], map.atlas.positions[2 * feature + 1])) > 100) drawn++;
                  }
                  for (let x = 5; x < map.view.width; x += 23)
                    for (let y = 5; y < map.view.height; y += 23) {
                      if (map.index.nearest(...map.view.toMap(x, y), 12 / map.view.scale) >= 0) continue;
                      empty++;
                      if (alpha(x, y) === 0) clean++;
                    }
                  return [points, drawn, empty, clean];
                }
                """);
            Assert.True(ink[0] > 1000 && ink[1] >= 0.99 * ink[0], $"{theme}, {kind}: {ink[1]} of {ink[0]} points are drawn");
            Assert.True(ink[2] > 20 && ink[3] == ink[2], $"{theme}, {kind}: {ink[3]} of {ink[2]} empty places are empty");
        }
        visit.AssertNoFaults();
    }

    private async Task<Visit> OpenAsync(SiteProcess site)
    {
        var visit = await browser.OpenAsync(site);
        await visit.GoAsync($"atlas/{await DemoSae.IdAsync(visit.Page)}");
        await visit.Page.WaitForFunctionAsync(Ready);
        return visit;
    }

    private static async Task<string> DatasetAsync(SiteProcess site, string sae)
    {
        using var client = new HttpClient { BaseAddress = new Uri(site.Url) };
        var clip = JsonDocument.Parse(await client.GetStringAsync(new Uri($"api/v1/saes/{sae}/features/{DemoSae.Taiko}/clips/0", UriKind.Relative)));
        return clip.RootElement.GetProperty("sound").GetString()!.Split('/')[3];
    }

    private static double Correlation(ReadOnlySpan<float> one, ReadOnlySpan<float> other)
    {
        // The excerpt's edges are faded.
        const int edge = 400;
        var (product, first, second) = (0.0, 0.0, 0.0);
        for (var i = edge; i < Math.Min(one.Length, other.Length) - edge; i++) (product, first, second) = (product + one[i] * other[i], first + one[i] * one[i], second + other[i] * other[i]);
        return product / Math.Sqrt(first * second + 1e-20);
    }
}
