using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Playwright;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Walk;

/// <summary>People at a queue: with the keyboard alone, while the site is away, and two of them on the same items.</summary>
public sealed class AnnotateTests(SharedSite shared, BrowserFixture browser)
{
    private static readonly TimeSpan RoundTrip = TimeSpan.FromMilliseconds(100);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(4)]
    [InlineData(20, Traits = ["Length", "Long"])]
    public async Task Items_are_done_with_the_keyboard_alone_over_a_slow_line(int items)
    {
        var site = await shared.GetAsync();
        // Features for which a label is suggested: a accepts it. From the last: other tests label the first ones.
        var queue = await MakeQueueAsync(site, "By keyboard", new { query = "label=suggested&sort=index&reverse=1", mode = "labelFirst" });
        await using var line = SlowLine.To(site, RoundTrip);
        await using var visit = await browser.OpenAsync(line, "annotate");
        var page = visit.Page;
        await BecomeAsync(page, $"Tess {items}");
        await visit.GoAsync($"annotate/{queue}");
        await page.Locator("annotation-desk[ready]").WaitForAsync();
        await page.EvaluateAsync(
            """
            () => {
              globalThis.mice = 0;
              for (const name of ['pointerdown', 'mousedown', 'click']) addEventListener(name, event => { if (event.isTrusted && event.detail > 0) globalThis.mice++; }, true);
              globalThis.times = [];
              let pressed = 0, before = saeAudio.state.id;
              addEventListener('keydown', event => { if (event.key === 'Enter' || event.key === 'a') pressed = performance.now(); }, true);
              saeAudio.subscribe(({ id, playing }) => {
                if (!playing || id === before) return;
                if (id?.split('/')[1] !== before?.split('/')[1] && pressed) times.push(performance.now() - pressed);
                before = id;
              });
            }
            """);
        for (var item = 0; item < items; item++)
        {
            var feature = await FeatureAsync(page);
            // A person listens before they decide.
            await page.WaitForFunctionAsync("feature => saeAudio.state.id?.startsWith(`annotate/${feature}/`) && saeAudio.state.playing", feature);
            await Task.Delay(Report.Strict ? 3000 : 200, Stop);
            switch (item % 4)
            {
                case 0:
                    await page.Keyboard.PressAsync("a");
                    break;
                case 1:
                    await page.Keyboard.PressAsync("e");
                    await page.Keyboard.TypeAsync($"label {feature}");
                    await page.Keyboard.PressAsync("Control+Enter");
                    break;
                case 2:
                    foreach (var key in "ffn") await page.Keyboard.PressAsync(key.ToString());
                    await page.Keyboard.PressAsync("Shift+Digit4");
                    await page.Keyboard.PressAsync("d");
                    await page.Keyboard.PressAsync("Enter");
                    break;
                default:
                    await page.Keyboard.PressAsync("r");
                    await page.Keyboard.PressAsync("Enter");
                    break;
            }
            await NextAsync(page, feature);
        }

        // The last one again: it comes back with what was said, and is sent once more.
        var current = await FeatureAsync(page);
        await page.Keyboard.PressAsync("Control+z");
        var undone = await NextAsync(page, current);
        await Assertions.Expect(page.Locator("[data-verdict=reject]")).ToHaveAttributeAsync("aria-checked", "true");
        await page.Keyboard.PressAsync("0");
        await page.Keyboard.PressAsync("Enter");
        Assert.Equal(current, await NextAsync(page, undone));

        // In the middle of an item the tab is closed; the draft is there when it is opened again.
        await page.Keyboard.PressAsync("e");
        await page.Keyboard.TypeAsync("half a la");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("[data-saved='0']")).ToBeVisibleAsync();
        await Task.Delay(1200, Stop);
        Assert.Equal(0, await page.EvaluateAsync<int>("() => mice"));
        var times = await page.EvaluateAsync<double[]>("() => times");
        var again = await page.Context.NewPageAsync();
        await page.CloseAsync();
        await again.GotoAsync($"{line.Url}annotate/{queue}");
        await again.Locator("annotation-desk[ready]").WaitForAsync();
        Assert.Equal(current, await FeatureAsync(again));
        await Assertions.Expect(again.Locator("#desk-label")).ToHaveValueAsync("half a la");

        var said = await SaidAsync(site, queue);
        Assert.Equal(items, said.Select(each => each.GetProperty("feature").GetInt32()).Distinct().Count());
        Assert.Equal(items, said.Length);
        Assert.Equal("uninterpretable", said.Single(each => each.GetProperty("feature").GetInt32() == undone).GetProperty("verdict").GetString());
        var p95 = times.Order().ElementAt((int)(0.95 * (times.Length - 1)));
        Report.Figure("From the key that submits to the next item's sound, over 100 ms", $"median {times.Order().ElementAt(times.Length / 2):0} ms, p95 {p95:0} ms of {times.Length} (at most 200)");
        Assert.InRange(times.Length, items - 1, 2 * items);
        // Without the pause of a person who listens, the next sounds are not fetched in time: judged in scripts/check.sh alone.
        if (Report.Strict) Assert.InRange(p95, 0, 200);
    }

    [Fact]
    public async Task While_the_site_is_away_no_vote_is_lost_and_none_is_doubled()
    {
        await using var site = await SiteProcess.StartNewAsync();
        var queue = await MakeQueueAsync(site, "Away", new { features = Enumerable.Range(400, 8), mode = "labelFirst" });
        await using var visit = await browser.OpenAsync(site, $"annotate/{queue}");
        var page = visit.Page;
        await page.Locator("annotation-desk[ready]").WaitForAsync();
        // This browser has no name yet: the first vote asks for one and is sent with it.
        await Assertions.Expect(page.Locator("[data-unnamed]")).ToBeVisibleAsync();
        var asked = await FeatureAsync(page);
        await page.Keyboard.PressAsync("r");
        await page.Keyboard.PressAsync("Enter");
        await page.Locator("#person-name").FillAsync("Ada");
        await page.Keyboard.PressAsync("Enter");
        await NextAsync(page, asked);
        await Assertions.Expect(page.Locator("[role=dialog]")).ToHaveCountAsync(0);
        await Assertions.Expect(page.Locator("[data-unnamed]")).ToHaveCountAsync(0);
        await RejectAsync(page);
        await Assertions.Expect(page.Locator("[data-saved='0']")).ToBeVisibleAsync();

        visit.Forgive();
        await visit.MarkAsync();
        // The items that are fetched ahead are done while the site is away.
        await page.WaitForFunctionAsync("() => document.querySelector('annotation-desk').desk.source.items.length >= 3");
        await site.KillAsync();
        await RejectAsync(page);
        await page.Keyboard.PressAsync("r");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("[data-saved='2']")).ToContainTextAsync("The site is away: 2 kept in this browser");
        await Assertions.Expect(page.Locator("waiting-votes")).ToHaveTextAsync("2 waiting");
        await Task.Delay(Report.Strict ? 10_000 : 3000, Stop);
        await site.StartAsync();
        await visit.CameBackAsync();
        await page.Locator("annotation-desk[ready]").WaitForAsync();
        await Assertions.Expect(page.Locator("[data-saved='0']")).ToBeVisibleAsync(new LocatorAssertionsToBeVisibleOptions { Timeout = 40_000 });
        visit.Judge();
        foreach (var _ in Enumerable.Range(0, 3)) await RejectAsync(page);
        await Assertions.Expect(page.Locator("[data-saved='0']")).ToBeVisibleAsync();
        // The last vote does not go through before its page is closed: another page of the site sends it.
        await page.Context.RouteAsync("**/api/v1/annotations/*", route => route.AbortAsync());
        await page.Keyboard.PressAsync("r");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("waiting-votes")).ToHaveTextAsync("1 waiting");
        var other = await page.Context.NewPageAsync();
        await page.CloseAsync();
        Assert.Equal(7, (await SaidAsync(site, queue)).Length);
        await page.Context.UnrouteAllAsync();
        await other.GotoAsync($"{site.Url}data");
        await Poll.UntilAsync("the vote is sent from the Data page", TimeSpan.FromSeconds(20), async () => (await SaidAsync(site, queue)).Length == 8);
        var said = await SaidAsync(site, queue);
        Assert.Equal(Enumerable.Range(400, 8), said.Select(each => each.GetProperty("feature").GetInt32()).Order());
        Assert.All(said, each => Assert.Equal("Ada", each.GetProperty("author").GetString()));
    }

    [Fact]
    public async Task Two_annotators_overlap_alpha_is_shown_and_a_third_decides()
    {
        var site = await shared.GetAsync();
        var queue = await MakeQueueAsync(site, "Overlap", new { features = Enumerable.Range(500, 4), mode = "labelFirst", overlap = 2 });
        // Krippendorff's α of reject, reject, split, unsure against reject, split, split, unsure, by hand: n = 8, of 2 disagreeing ordered pairs;
        // counts reject 3, split 3, unsure 2: expected pairs 2 (3·3 + 3·2 + 3·2) = 42; α = 1 − 7 · 2 / 42 = 2/3.
        await JudgeAsync(site, "Ada", queue, "rrdw");
        await JudgeAsync(site, "Bob", queue, "rddw");
        await using var visit = await browser.OpenAsync(site, "annotate");
        visit.Forgive();
        var page = visit.Page;
        // By the dialog of the top bar, as a person does: first one's own name, then another person at the same browser.
        await BecomeAsync(page, "Dee");
        await visit.GoAsync("annotate");
        await page.Locator("button.person").ClickAsync();
        await page.Locator("#person-new").FillAsync("Ada");
        await page.Locator("[data-person-new]").ClickAsync();
        await Assertions.Expect(page.Locator("person-switch .problem")).ToContainTextAsync("Ada is here already");
        await page.Locator("#person-new").FillAsync("Cyd");
        await page.Locator("[data-person-new]").ClickAsync();
        await Assertions.Expect(page.Locator("button.person")).ToHaveTextAsync("Cyd");
        await visit.InteractiveAsync();
        visit.Judge();
        var row = page.Locator($"[data-queue='{queue}']");
        await Assertions.Expect(row).ToContainTextAsync("α of verdicts 0.67 (4 items)");
        await row.GetByRole(AriaRole.Link, new LocatorGetByRoleOptions { Name = "Decide 1" }).ClickAsync();
        var item = page.Locator(".disputed");
        await Assertions.Expect(item.Locator("[data-author=Ada]")).ToContainTextAsync("Reject");
        await Assertions.Expect(item.Locator("[data-author=Bob]")).ToContainTextAsync("Split");
        await item.Locator("#decide-label").FillAsync("two things at once");
        await item.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Use this label" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Nothing to decide")).ToBeVisibleAsync();
        using var client = new HttpClient { BaseAddress = new Uri(site.Url) };
        var label = await client.GetFromJsonAsync<JsonElement>(new Uri("api/v1/saes/demo/features/501/label", UriKind.Relative), Stop);
        Assert.Equal("two things at once", label.GetProperty("text").GetString());
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task A_queue_is_made_from_what_a_list_shows_and_a_newcomer_is_led_through_practice()
    {
        var site = await shared.GetAsync();
        await using var visit = await browser.OpenAsync(site, "features/demo?q=harpsichord");
        var page = visit.Page;
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Annotate", Exact = true }).Last.ClickAsync();
        await page.Locator("#queue-name").FillAsync("Harpsichords");
        // A practice item is picked: first from the queue's own features, then from all.
        var practice = page.Locator("[data-reference=practice]");
        await practice.Locator("#find-practice").ClickAsync();
        await Assertions.Expect(practice.Locator("[data-pick]").First).ToBeVisibleAsync();
        await practice.Locator("#find-practice").FillAsync("1337");
        await Assertions.Expect(practice.Locator("[data-pick]")).ToHaveCountAsync(0);
        await practice.GetByLabel("Where to look").SelectOptionAsync("all");
        await practice.Locator("[data-pick='1337']").ClickAsync();
        await practice.GetByLabel("Why, for feature 1337").FillAsync("All of its clips have taiko drums.");
        await page.Locator("#queue-name").FocusAsync();
        await Assertions.Expect(page.Locator("#queue-practice")).ToHaveValueAsync("1337 accept All of its clips have taiko drums.");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Make the queue" }).ClickAsync();
        await page.Locator("annotation-desk[ready]").WaitForAsync();
        await Assertions.Expect(page.Locator(".desk-item .tag")).ToHaveTextAsync("practice");
        await BecomeAsync(page, "Nell");
        await page.ReloadAsync();
        await page.Locator("annotation-desk[ready]").WaitForAsync();
        await page.Keyboard.PressAsync("r");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("[data-practice=other]")).ToContainTextAsync("expected was accept. All of its clips have taiko drums.");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator(".desk-item .tag")).ToHaveCountAsync(0);
        // Blind first: nothing is suggested before something is typed.
        await Assertions.Expect(page.Locator(".desk-proposal")).ToContainTextAsync("Listen and type first");
        // On a phone one hears first, and what sends is always within reach, above the bar at the bottom.
        await page.SetViewportSizeAsync(390, 844);
        await page.EvaluateAsync("() => scrollTo(0, 0)");
        var (hear, label, submit) = (await BoxAsync(".desk-clips"), await BoxAsync("#desk-label"), await BoxAsync("[data-desk=submit]"));
        Assert.True(hear.Y < label.Y, $"clips at {hear.Y}, label at {label.Y}");
        Assert.InRange(submit.Y + submit.Height, 600, 844 - 56);
        await page.Locator("[data-desk=submit]").ClickAsync(new LocatorClickOptions { Trial = true });
        visit.AssertNoFaults();

        async Task<LocatorBoundingBoxResult> BoxAsync(string selector) => (await page.Locator(selector).First.BoundingBoxAsync())!;
    }

    /// <summary>Judges every item of a queue, one key each, as a person of that name.</summary>
    private async Task JudgeAsync(SiteProcess site, string name, string queue, string keys)
    {
        await using var visit = await browser.OpenAsync(site);
        await BecomeAsync(visit.Page, name);
        await visit.GoAsync($"annotate/{queue}");
        foreach (var key in keys)
        {
            var feature = await FeatureAsync(visit.Page);
            await visit.Page.Keyboard.PressAsync(key.ToString());
            await visit.Page.Keyboard.PressAsync("Enter");
            await visit.Page.WaitForFunctionAsync("feature => document.querySelector('.desk-item')?.dataset.feature !== String(feature)", feature);
        }
        await Assertions.Expect(visit.Page.Locator("[data-saved='0']")).ToBeVisibleAsync();
        visit.AssertNoFaults();
    }

    private static async Task BecomeAsync(IPage page, string name) => await page.EvaluateAsync(
        "async name => { const answer = await fetch('api/v1/me', { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ name }) }); if (!answer.ok) throw new Error(await answer.text()); }", name);

    private static async Task RejectAsync(IPage page)
    {
        var feature = await FeatureAsync(page);
        await page.Keyboard.PressAsync("r");
        await page.Keyboard.PressAsync("Enter");
        await NextAsync(page, feature);
    }

    private static async Task<int> FeatureAsync(IPage page) =>
        int.Parse((await page.Locator(".desk-item").GetAttributeAsync("data-feature"))!, CultureInfo.InvariantCulture);

    /// <summary>Waits for another item than this one, and gives it.</summary>
    private static async Task<int> NextAsync(IPage page, int feature)
    {
        await page.WaitForFunctionAsync("feature => { const item = document.querySelector('.desk-item'); return item && item.dataset.feature !== String(feature); }", feature);
        return await FeatureAsync(page);
    }

    private static async Task<string> MakeQueueAsync(SiteProcess site, string name, object of)
    {
        using var client = new HttpClient { BaseAddress = new Uri(site.Url) };
        await Poll.UntilAsync("the features are read", TimeSpan.FromSeconds(60), async () => (await client.GetAsync(new Uri("api/v1/saes/demo/features/300", UriKind.Relative), Stop)).IsSuccessStatusCode);
        var request = JsonSerializer.SerializeToNode(of)!.AsObject();
        (request["name"], request["sae"]) = (name, "demo");
        using var answer = await client.PostAsJsonAsync(new Uri("api/v1/queues", UriKind.Relative), request, Stop);
        var made = await answer.Content.ReadFromJsonAsync<JsonElement>(Stop);
        Assert.True(answer.IsSuccessStatusCode, made.ToString());
        return made.GetProperty("queue").GetProperty("id").GetString()!;
    }

    /// <summary>Every annotation of a queue that counts.</summary>
    private static async Task<JsonElement[]> SaidAsync(SiteProcess site, string queue)
    {
        using var client = new HttpClient { BaseAddress = new Uri(site.Url) };
        var page = await client.GetFromJsonAsync<JsonElement>(new Uri($"api/v1/queues/{queue}/annotations?limit=200", UriKind.Relative), Stop);
        return [.. page.GetProperty("items").EnumerateArray()];
    }
}
