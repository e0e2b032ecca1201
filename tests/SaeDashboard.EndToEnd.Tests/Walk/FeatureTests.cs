using System.Text.Json;
using Microsoft.Playwright;
using SaeDashboard.Core.Features;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Walk;

/// <summary>A feature is opened, heard, named and rated.</summary>
public sealed class FeatureTests(SharedSite shared, BrowserFixture browser)
{
    [Fact]
    public async Task A_top_clip_sounds_like_its_file_and_its_strip_peaks_where_the_index_says()
    {
        var site = await shared.GetAsync();
        await using var visit = await browser.OpenAsync(site);
        var page = visit.Page;
        var address = await DemoSae.FeatureAsync(page, DemoSae.Taiko);
        await visit.GoAsync(address);
        var wave = page.Locator(".clip clip-wave").First;
        await wave.WaitForAsync();
        await page.WaitForFunctionAsync("() => document.querySelector('.clip clip-wave').clip");

        var play = page.Locator(".clip button[data-play]").First;
        await play.ClickAsync();
        // A press on the wave plays from there: just before the feature fires, for a clip may begin in silence.
        var place = await page.EvaluateAsync<float>("() => { const { clip } = document.querySelector('.clip clip-wave'); return Math.max(0, clip.seconds - .5) / clip.duration; }");
        var box = (await wave.BoundingBoxAsync())!;
        await wave.ClickAsync(new LocatorClickOptions { Position = new Position { X = Math.Max(1, place * box.Width), Y = box.Height / 2 } });
        var heard = await Sound.HearAsync(page);
        Assert.InRange(heard.Decibels, -60, 0);
        var correlation = heard.Correlation(await Sound.DownloadAsync(site, (await play.GetAttributeAsync("data-play"))!));
        Assert.InRange(correlation, 0.95, 1.001);
        Report.Figure("A top clip", $"{heard.Decibels:0.0} dBFS, correlation with its file {correlation:0.0000}");

        using var index = FeatureIndex.Open(Path.Combine(Clone.Demo, "sae", "index"));
        var top = index.TopClips(DemoSae.Taiko)[0];
        var strip = await page.EvaluateAsync<JsonElement>(
            """
            async () => {
              const wave = document.querySelector('.clip clip-wave');
              while (!wave.clip?.peaks) await new Promise(done => setTimeout(done, 50));
              const { clip } = wave, canvas = wave.canvas ?? wave.shadowRoot.querySelector('canvas');
              await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
              // The strip is below the waveform: how much ink each of its columns of pixels carries.
              const rows = Math.max(1, Math.round(canvas.height * .06)), { data, width } = canvas.getContext('2d').getImageData(0, canvas.height - rows, canvas.width, rows);
              const ink = Array(width).fill(0);
              for (let i = 3; i < data.length; i += 4) ink[(i >> 2) % width] += data[i];
              const at = Math.floor((clip.seconds + .5 / clip.frameRate) / clip.duration * width);
              const there = Math.max(...ink.slice(Math.max(0, at - 1), at + 2));
              return { loudest: clip.frames[clip.values.indexOf(Math.max(...clip.values))] / clip.frameRate, seconds: clip.seconds, ink: there / Math.max(...ink) };
            }
            """);
        var seconds = (top.Column - 1) / index.Info.FrameRate;
        Assert.Equal(seconds, strip.GetProperty("seconds").GetDouble(), 0.001);
        Assert.Equal(seconds, strip.GetProperty("loudest").GetDouble(), 0.001);
        Assert.InRange(strip.GetProperty("ink").GetDouble(), 0.98, 1);
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task Only_one_thing_sounds_at_a_time()
    {
        await using var visit = await browser.OpenAsync(await shared.GetAsync(), "features");
        var buttons = visit.Page.Locator("tr[data-feature] button[data-play]");
        await buttons.Nth(0).ClickAsync();
        await Assertions.Expect(buttons.Nth(0)).ToHaveAttributeAsync("aria-pressed", "true");
        await buttons.Nth(1).ClickAsync();
        await Assertions.Expect(buttons.Nth(1)).ToHaveAttributeAsync("aria-pressed", "true");
        await Assertions.Expect(buttons.Nth(0)).ToHaveAttributeAsync("aria-pressed", "false");
        await Sound.HearAsync(visit.Page);
        await visit.Page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(buttons.Nth(1)).ToHaveAttributeAsync("aria-pressed", "false");
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task A_list_keeps_its_search_and_order_in_the_address()
    {
        await using var visit = await browser.OpenAsync(await shared.GetAsync(), "features");
        var page = visit.Page;
        var head = page.GetByRole(AriaRole.Columnheader, new PageGetByRoleOptions { Name = "Max" });
        await head.GetByRole(AriaRole.Link).ClickAsync();
        await Assertions.Expect(head).ToHaveAttributeAsync("aria-sort", "descending");
        var first = await page.Locator("tr[data-feature]").First.GetAttributeAsync("data-feature");
        await visit.GoAsync(new Uri(page.Url).PathAndQuery.TrimStart('/'));
        Assert.Equal(first, await page.Locator("tr[data-feature]").First.GetAttributeAsync("data-feature"));
        await Assertions.Expect(head).ToHaveAttributeAsync("aria-sort", "descending");
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task The_list_holds_still_under_the_mouse_and_its_columns_keep_their_names()
    {
        await using var visit = await browser.OpenAsync(await shared.GetAsync());
        var page = visit.Page;
        await visit.GoAsync(await DemoSae.FeatureAsync(page, DemoSae.Taiko));
        await page.Locator("tr[data-feature]").First.WaitForAsync();

        // Opening the filters moves neither the line that was pressed nor the order beside it.
        var places = "() => ['.line summary', '.line .order'].map(selector => document.querySelector(selector).getBoundingClientRect().top)";
        var before = await page.EvaluateAsync<double[]>(places);
        await page.Locator(".line summary").ClickAsync();
        await Assertions.Expect(page.Locator("#least-maximum")).ToBeVisibleAsync();
        Assert.Equal(before, await page.EvaluateAsync<double[]>(places));
        await page.Locator(".line summary").ClickAsync();

        // The names of the columns stay above the rows that pass below them.
        var header = await page.EvaluateAsync<double[]>(
            """
            async () => {
              const list = document.querySelector('.room-list'), head = () => document.querySelector('.room-list thead th:last-child').getBoundingClientRect().top;
              const before = head();
              list.scrollTo(0, 900);
              await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
              return [list.scrollTop, before, head()];
            }
            """);
        Assert.True(header[0] > 400, $"the list is scrolled by {header[0]} px");
        Assert.Equal(header[1], header[2], 1.0);
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task The_search_field_has_its_whole_ring_beside_the_choice_of_the_SAE()
    {
        var site = await shared.GetAsync();
        var copy = Path.Combine(site.Data, "saes", "second");
        if (!Directory.Exists(copy)) CopyFolder(Path.Combine(Clone.Demo, "sae"), copy);
        await using var visit = await browser.OpenAsync(site, "features/demo");
        var page = visit.Page;
        await Poll.UntilAsync("the second SAE is known", TimeSpan.FromSeconds(30), async () =>
        {
            await visit.GoAsync("features/demo");
            return await page.Locator(".find option[value=second]").CountAsync() > 0;
        });
        await page.Keyboard.PressAsync("/");
        await Assertions.Expect(page.GetByRole(AriaRole.Searchbox)).ToBeFocusedAsync();
        var gap = await page.EvaluateAsync<double>(
            """
            () => {
              const field = document.activeElement, style = getComputedStyle(field);
              const ring = style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth) + parseFloat(style.outlineOffset);
              return document.querySelector('.find select').getBoundingClientRect().left - field.getBoundingClientRect().right - ring;
            }
            """);
        Directory.Delete(copy, recursive: true);
        await Assertions.Expect(page.Locator(".find option[value=second]")).ToHaveCountAsync(0);
        Assert.True(gap >= 0, $"the select covers {-gap} px of the ring");
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task A_label_can_be_doubted_weaker_random_and_silent_clips_are_one_click_away_and_stay_for_the_next_feature()
    {
        await using var visit = await browser.OpenAsync(await shared.GetAsync());
        var page = visit.Page;
        await visit.GoAsync(await DemoSae.FeatureAsync(page, DemoSae.Taiko));
        await page.Locator("[data-clips=strength]").ClickAsync();
        await Assertions.Expect(page.Locator(".clips h3")).ToHaveCountAsync(4);
        await page.Locator("[data-clips=near]").ClickAsync();
        await Assertions.Expect(page.Locator(".clip")).ToHaveCountAsync(4);
        await Assertions.Expect(page.Locator(".clip .value").First).ToHaveTextAsync("silent");
        await page.WaitForFunctionAsync("() => [...document.querySelectorAll('.clip clip-wave')].every(wave => wave.clip && wave.clip.frames.length === 0)");
        await page.Keyboard.PressAsync("j");
        await page.WaitForURLAsync(new System.Text.RegularExpressions.Regex("/features/[^/]+/(?!1337)\\d+\\?.*clips=near"));
        await Assertions.Expect(page.Locator("[data-clips=near]")).ToHaveAttributeAsync("aria-current", "true");
        // Space plays the first clip that is shown, once it is the next feature's.
        await page.WaitForFunctionAsync("() => document.querySelector('.clip button[data-play]')?.dataset.playId.split('/')[1] === location.pathname.split('/').pop()");
        await page.Keyboard.PressAsync(" ");
        await Assertions.Expect(page.Locator(".clip button[data-play]").First).ToHaveAttributeAsync("aria-pressed", "true");
        visit.AssertNoFaults();
    }

    private static void CopyFolder(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        foreach (var folder in Directory.GetDirectories(from)) CopyFolder(folder, Path.Combine(to, Path.GetFileName(folder)));
    }
}
