using System.Text.Json;
using Microsoft.Playwright;
using SaeDashboard.Core.Runs;
using SaeDashboard.EndToEnd.Tests.Fixtures;
using SaeDashboard.EndToEnd.Tests.Pages;

namespace SaeDashboard.EndToEnd.Tests.Walk;

/// <summary>The site from 100 ms away: keys and typing never wait for the server, and pages follow quickly.</summary>
public sealed class SlowLineTests(SharedSite shared, BrowserFixture browser)
{
    private static readonly TimeSpan RoundTrip = TimeSpan.FromMilliseconds(100);

    // As fast as people type.
    private const int KeyMilliseconds = 100;

    [Theory]
    [InlineData(4)]
    [InlineData(20, Traits = ["Length", "Long"])]
    public async Task A_label_typed_right_after_its_key_arrives_whole(int rounds)
    {
        var site = await shared.GetAsync();
        await using var line = SlowLine.To(site, RoundTrip);
        await using var visit = await browser.OpenAsync(line, "features");
        var page = visit.Page;
        await page.Locator("tr[data-feature] a.name").Nth(1).ClickAsync();
        var heading = page.Locator(".room-feature h1");
        await heading.WaitForAsync();
        await FocusTimesAsync(page);
        for (var round = 0; round < rounds; round++)
        {
            // Every second time the next feature is opened first: the letters come before its page does.
            var goesOn = round % 2 == 1;
            var label = $"solo jazz {round} s1";
            var before = new Uri(page.Url).AbsolutePath;
            await page.Keyboard.TypeAsync(goesOn ? "je" : "e");
            await page.Keyboard.TypeAsync(label, new KeyboardTypeOptions { Delay = KeyMilliseconds });
            await page.Keyboard.PressAsync("Enter");
            // A refusal opens the field again and says why.
            await page.WaitForFunctionAsync("label => document.querySelector('.room-feature h1').textContent === label || document.querySelector('label-editor .problem').textContent", label);
            Assert.Equal(("", label), (await page.Locator("label-editor .problem").TextContentAsync(), await heading.TextContentAsync()));
            Assert.Equal(goesOn, new Uri(page.Url).AbsolutePath != before);
        }
        var times = await page.EvaluateAsync<double[]>("() => globalThis.focusTimes");
        Assert.Equal(rounds, times.Length);
        Report.Figure("From e to the focused field", $"at most {times.Max():0.0} ms of {rounds}");
        Assert.InRange(times.Max(), 0, 50);
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task What_is_typed_into_the_form_of_a_new_run_arrives_whole()
    {
        const string name = "Taiko 64, no caption";
        var site = await shared.GetAsync();
        await using var line = SlowLine.To(site, RoundTrip);
        await using var visit = await browser.OpenAsync(line, "runs/new");
        var page = visit.Page;
        // Until the connection is up nothing can be typed: a field that is disabled takes no focus.
        await Assertions.Expect(page.Locator("#run-name")).ToBeEnabledAsync();
        await page.Locator("#run-name").FocusAsync();
        await page.Keyboard.PressAsync("Control+a");
        await page.Keyboard.TypeAsync(name, new KeyboardTypeOptions { Delay = KeyMilliseconds });
        Assert.Equal(name, await page.Locator("#run-name").InputValueAsync());
        // The server has it too: it is there again, and where the field is left.
        await page.Keyboard.PressAsync("Tab");
        await visit.GoAsync("runs/new");
        await Assertions.Expect(page.Locator("#run-name")).ToHaveValueAsync(name);
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Start over" }).ClickAsync();
        await Assertions.Expect(page.Locator("#run-name")).ToHaveValueAsync("");
        visit.AssertNoFaults();
    }

    /// <summary>The list follows while a person types on: its answers must not reach back into the field.</summary>
    [Theory]
    [Trait("Length", "Long")]
    [InlineData("features", 60)]
    [InlineData("features", 30)]
    [InlineData("runs", 260)]
    public async Task Words_typed_into_a_search_stay_as_they_were_typed(string address, int milliseconds)
    {
        const string words = "solo drum roll slow piano";
        var site = await shared.GetAsync();
        await WrittenRun.IsKnownAsync(site, WrittenRun.Write(site, RunState.Done));
        await using var line = SlowLine.To(site, RoundTrip);
        await using var visit = await browser.OpenAsync(line, address);
        // /features leads on to the SAE that was open last.
        if (address == "features") await visit.GoAsync($"features/{await DemoSae.IdAsync(visit.Page)}");
        var field = visit.Page.GetByRole(AriaRole.Searchbox).First;
        await field.FocusAsync();
        await visit.Page.Keyboard.TypeAsync(words, new KeyboardTypeOptions { Delay = milliseconds });
        await visit.Page.WaitForURLAsync(url => url.Contains("piano", StringComparison.Ordinal));
        Assert.Equal(words, await field.InputValueAsync());
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task Two_filters_chosen_within_one_round_trip_both_hold()
    {
        var site = await shared.GetAsync();
        var run = WrittenRun.Write(site, RunState.Done);
        await WrittenRun.IsKnownAsync(site, run);
        await using var line = SlowLine.To(site, RoundTrip);
        await using var visit = await browser.OpenAsync(line, "runs");
        var page = visit.Page;
        await page.Locator($"[data-run='{run}']").WaitForAsync();
        await page.Locator(".run-filters").EvaluateAsync(
            """
            filters => {
                for (const [name, value] of [["State", "done"], ["Architecture", "topK"]]) {
                    const select = filters.querySelector(`select[aria-label=${name}]`);
                    select.value = value;
                    select.dispatchEvent(new Event("change", { bubbles: true }));
                }
            }
            """);
        await page.WaitForURLAsync(address => address.Contains("architecture=topK", StringComparison.Ordinal));
        Assert.Contains("state=done", page.Url, StringComparison.Ordinal);
        foreach (var (name, value) in new[] { ("State", "done"), ("Architecture", "topK") })
            await Assertions.Expect(page.GetByLabel(name, new PageGetByLabelOptions { Exact = true })).ToHaveValueAsync(value);
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task Another_page_comes_soon_and_is_never_blank()
    {
        var site = await shared.GetAsync();
        await using var line = SlowLine.To(site, RoundTrip);
        await using var visit = await browser.OpenAsync(line, "data");
        var page = visit.Page;
        var times = new Dictionary<string, double>();
        foreach (var name in new[] { "Runs", "Presets", "Studio", "Features", "Home", "Data" })
        {
            // Once by way of warming up: the first visit also compiles the page's code.
            for (var again = 0; again < 2; again++)
            {
                await page.Locator(".rail").GetByRole(AriaRole.Link, new LocatorGetByRoleOptions { Name = name }).HoverAsync();
                var seen = await page.EvaluateAsync<JsonElement>(
                    """
                    async name => {
                      const main = document.getElementById('content'), link = [...document.querySelectorAll('.rail a')].find(a => a.textContent.trim() === name);
                      const trail = () => document.querySelector('.trail b')?.textContent, before = trail(), begun = performance.now();
                      let least = Infinity;
                      link.click();
                      while (performance.now() - begun < 5000) {
                        await new Promise(done => requestAnimationFrame(done));
                        least = Math.min(least, main.innerText.trim().length);
                        const inside = document.querySelector('.trail a')?.textContent ?? trail();
                        if (inside === name && trail() !== before) break;
                      }
                      return { milliseconds: performance.now() - begun, least };
                    }
                    """, name);
                Assert.True(seen.GetProperty("least").GetInt32() > 0, $"{name} was blank for a moment");
                times[name] = seen.GetProperty("milliseconds").GetDouble();
                await page.Locator(".rail").GetByRole(AriaRole.Link, new LocatorGetByRoleOptions { Name = name == "Data" ? "Runs" : "Data" }).ClickAsync();
                await Assertions.Expect(page.Locator(".trail b")).ToHaveTextAsync(name == "Data" ? "Runs" : "Data");
            }
        }
        Report.Figure("Page change over 100 ms", $"{string.Join(", ", times.Select(each => FormattableString.Invariant($"{each.Key} {each.Value:0} ms")))}");
        Assert.All(times, each => Assert.InRange(each.Value, 0, 400));
        visit.AssertNoFaults();
    }

    [Fact]
    [Trait("Length", "Long")]
    public async Task A_page_that_has_drawn_itself_is_not_blank_again_when_its_connection_comes_up()
    {
        var site = await shared.GetAsync();
        await using var line = SlowLine.To(site, RoundTrip);
        await using var visit = await browser.OpenAsync(line, "data");
        var page = visit.Page;
        await page.AddInitScriptAsync(
            """
            globalThis.seen = [];
            globalThis.rows = [];
            const look = () => {
              const main = document.getElementById('content');
              if (main) seen.push(main.innerText.trim().length);
              rows.push(document.querySelectorAll('[data-checkpoint]').length);
              requestAnimationFrame(look);
            };
            requestAnimationFrame(look);
            """);
        foreach (var path in new[] { "", "features", "runs", "studio", "presets", "data" })
        {
            await visit.GoAsync(path);
            await page.WaitForTimeoutAsync(300);
            var seen = await page.EvaluateAsync<int[]>("() => seen");
            var drawn = Array.FindIndex(seen, length => length > 0);
            Assert.True(drawn >= 0, $"/{path} has drawn something");
            Assert.All(seen[drawn..], length => Assert.True(length > 0, $"/{path} was blank again: {string.Join(' ', seen)}"));
        }
        // What is read from the run's folder does not vanish while the connection's own drawing reads it again.
        await visit.GoAsync(await Things.AddressAsync("<run>", site, page));
        await page.WaitForTimeoutAsync(300);
        var rows = await page.EvaluateAsync<int[]>("() => rows");
        var table = Array.FindIndex(rows, count => count > 0);
        Assert.True(table >= 0, "the run's page has listed its checkpoints");
        Assert.All(rows[table..], count => Assert.True(count > 0, $"the checkpoints vanished: {string.Join(' ', rows)}"));
        visit.AssertNoFaults();
    }

    /// <summary>Notes the time from each "e" to the focus of the label's field.</summary>
    private static async Task FocusTimesAsync(IPage page) => await page.EvaluateAsync(
        """
        () => {
          let pressed = 0;
          globalThis.focusTimes = [];
          addEventListener('keydown', event => { if (event.key === 'e' && !event.target.closest('input')) pressed = performance.now(); }, true);
          document.addEventListener('focusin', event => { if (event.target.id === 'label-text' && pressed) { focusTimes.push(performance.now() - pressed); pressed = 0; } });
        }
        """);
}
