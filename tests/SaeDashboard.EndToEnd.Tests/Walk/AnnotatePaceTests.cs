using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Walk;

/// <summary>How many items an hour a person gets through who listens three seconds to each, and what the page itself costs of that.</summary>
public sealed class AnnotatePaceTests(SharedSite shared, BrowserFixture browser)
{
    private const int Items = 30;
    private static readonly TimeSpan Listening = TimeSpan.FromSeconds(3);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Length", "Long")]
    public async Task Of_an_annotator_s_time_the_interface_takes_little_and_no_vote_is_lost()
    {
        var site = await shared.GetAsync();
        using var client = new HttpClient { BaseAddress = new Uri(site.Url) };
        await Poll.UntilAsync("the features are read", TimeSpan.FromSeconds(60), async () => (await client.GetAsync(new Uri("api/v1/saes/demo/features/300", UriKind.Relative), Stop)).IsSuccessStatusCode);
        using var answer = await client.PostAsJsonAsync(new Uri("api/v1/queues", UriKind.Relative), new { name = "Pace", sae = "demo", query = "label=suggested&sort=index&reverse=1&min=0", mode = "labelFirst" }, Stop);
        var made = await answer.Content.ReadFromJsonAsync<JsonElement>(Stop);
        Assert.True(answer.IsSuccessStatusCode, made.ToString());
        var queue = made.GetProperty("queue").GetProperty("id").GetString()!;
        await using var visit = await browser.OpenAsync(site);
        var page = visit.Page;
        await page.EvaluateAsync("async name => { const answer = await fetch('api/v1/me', { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ name }) }); if (!answer.ok) throw new Error(await answer.text()); }", "Pacer");
        await visit.GoAsync($"annotate/{queue}");
        await page.Locator("annotation-desk[ready]").WaitForAsync();
        // In the page, so that the driver's own time counts as listening: from the key that decides to the sound of the next item.
        await page.EvaluateAsync(
            """
            () => {
              globalThis.pace = { heard: [], keys: [] };
              let last = null;
              addEventListener('keydown', () => { pace.pressed = performance.now(); }, true);
              saeAudio.subscribe(({ id, playing }) => {
                const item = id?.split('/')[1];
                if (!playing || !item || item === last) return;
                last = item;
                const now = performance.now();
                if (pace.pressed) pace.keys.push(now - pace.pressed);
                pace.heard.push({ item: Number(item), at: now });
              });
            }
            """);
        var features = new List<int>();
        var begun = Stopwatch.GetTimestamp();
        for (var item = 0; item < Items; item++)
        {
            var feature = int.Parse((await page.Locator(".desk-item").GetAttributeAsync("data-feature"))!, CultureInfo.InvariantCulture);
            features.Add(feature);
            await page.WaitForFunctionAsync("feature => saeAudio.state.id?.startsWith(`annotate/${feature}/`) && saeAudio.state.playing", feature);
            await Task.Delay(Listening, Stop);
            foreach (var key in item % 3 == 2 ? ["r", "Enter"] : new[] { "a" }) await page.Keyboard.PressAsync(key);
            await page.WaitForFunctionAsync("feature => { const item = document.querySelector('.desk-item'); return item && item.dataset.feature !== String(feature); }", feature);
        }
        var total = Stopwatch.GetElapsedTime(begun);
        await Poll.UntilAsync("everything is saved", TimeSpan.FromSeconds(20), async () => await page.Locator("[data-saved='0']").IsVisibleAsync());
        var costs = (await page.EvaluateAsync<double[]>("() => pace.keys")).Order().ToArray();
        var beyond = (total - (Items * Listening)).TotalMilliseconds / Items;
        Report.Figure($"An annotator who listens {Listening.TotalSeconds:0} s to each of {Items} items", $"{Items / total.TotalHours:0} items an hour (at most {TimeSpan.FromHours(1) / Listening:0})");
        Report.Figure("What the interface costs an item, from the key to the next sound",
            $"median {costs[costs.Length / 2]:0} ms, p95 {costs[(int)(0.95 * (costs.Length - 1))]:0} ms of {costs.Length}; beyond listening, with the driver of the browser, {beyond:0} ms");
        var said = await client.GetFromJsonAsync<JsonElement>(new Uri($"api/v1/queues/{queue}/annotations?limit=200", UriKind.Relative), Stop);
        Assert.Equal(features.Order(), said.GetProperty("items").EnumerateArray().Select(each => each.GetProperty("feature").GetInt32()).Order());
        Assert.Equal(Items, features.Distinct().Count());
        Assert.InRange(costs.Length, Items - 2, Items);
        visit.AssertNoFaults();
        if (!Report.Strict) return;
        Assert.InRange(costs[(int)(0.95 * (costs.Length - 1))], 0, 200);
        Assert.InRange(Items / total.TotalHours, 1000, 1200);
    }
}
