using System.Globalization;
using Microsoft.Playwright;
using SaeDashboard.Core.Audio;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Walk;

/// <summary>A person brings a sound, sees which features fire in it, and hears a feature steered.</summary>
public sealed class ListeningTests(SharedSite shared, BrowserFixture browser)
{
    [Fact]
    public async Task A_sound_is_brought_a_moment_chosen_with_the_keyboard_and_the_address_keeps_it()
    {
        var site = await shared.GetAsync();
        await using var visit = await browser.OpenAsync(site);
        var page = visit.Page;
        var sae = await DemoSae.IdAsync(page);
        // From the list of features.
        await visit.GoAsync($"features/{sae}");
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Search by sound" }).ClickAsync();
        await page.WaitForURLAsync($"**/listen/{sae}");
        await BringAsync(page, "my band.wav", Wav(Music(4)));
        await page.Locator(".firing").First.WaitForAsync(new LocatorWaitForOptions { Timeout = 60_000 });
        Assert.Contains("name=my%20band.wav", page.Url.Replace('+', ' ').Replace(" ", "%20", StringComparison.Ordinal), StringComparison.Ordinal);
        await Assertions.Expect(page.GetByRole(AriaRole.Main)).ToContainTextAsync("my band.wav");

        var end = page.GetByRole(AriaRole.Slider, new PageGetByRoleOptions { Name = "End of the moment" });
        await end.FocusAsync();
        await page.Keyboard.PressAsync("PageDown");
        await page.Keyboard.PressAsync("Shift+ArrowLeft");
        Assert.Equal("2.80", await end.GetAttributeAsync("aria-valuenow"));
        await page.WaitForURLAsync(url => url.Contains("to=2.8", StringComparison.Ordinal));
        await Assertions.Expect(page.Locator(".firing .span").First).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Main)).ToContainTextAsync("From 0.00 to 2.80 s, 140 frames.");
        await page.Locator(".features select").First.SelectOptionAsync("Share");
        await page.WaitForURLAsync(url => url.Contains("by=share", StringComparison.Ordinal));
        await Assertions.Expect(page.Locator(".firing .figures .by").First).ToContainTextAsync("active");
        var listed = await page.Locator(".firing").EvaluateAllAsync<string[]>("rows => rows.map(row => row.dataset.firing)");

        // Another window, or a reload: the same.
        await visit.GoAsync(new Uri(page.Url).PathAndQuery.TrimStart('/'));
        await page.Locator(".firing").First.WaitForAsync();
        Assert.Equal(listed, await page.Locator(".firing").EvaluateAllAsync<string[]>("rows => rows.map(row => row.dataset.firing)"));
        Assert.Equal("2.80", await end.GetAttributeAsync("aria-valuenow"));

        // The sound plays, and every strip has its playhead.
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Play the sound" }).ClickAsync();
        Assert.InRange((await Sound.HearAsync(page)).Decibels, -60, 0);
        await page.WaitForFunctionAsync("() => [...document.querySelectorAll('.firing clip-wave')].filter(wave => wave.clip).every(wave => wave.position !== null)");
        await page.Locator(".firing a.name").First.ClickAsync();
        await page.WaitForURLAsync($"**/features/{sae}/*");
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task A_file_that_is_not_a_sound_is_refused_and_the_page_goes_on()
    {
        var site = await shared.GetAsync();
        await using var visit = await browser.OpenAsync(site);
        var page = visit.Page;
        await visit.GoAsync($"listen/{await DemoSae.IdAsync(page)}");
        var nan = Wav(Music(1));
        BitConverter.TryWriteBytes(nan.AsSpan(nan.Length - 400), float.NaN);
        // Refusals are answers of 400, which the browser notes as errors.
        visit.Forgive();
        foreach (var (name, bytes, said) in new (string, byte[], string)[]
        {
            ("empty.wav", [], "empty.wav is empty"), ("nan.wav", nan, "nan.wav: sample"), ("page.mp3", "<html>no sound</html>"u8.ToArray(), "page.mp3 is not a WAV file"),
        })
        {
            await BringAsync(page, name, bytes);
            await Assertions.Expect(page.Locator("[data-answer]").First).ToContainTextAsync(said);
        }
        // What is too large is not sent at all.
        await page.EvaluateAsync("() => document.querySelector('sound-drop').send(new Blob([new Uint8Array((32 << 20) + 1)]), 'huge.wav')");
        await Assertions.Expect(page.Locator("[data-answer]").First).ToContainTextAsync("huge.wav has 33,554,433 bytes");
        visit.Judge();
        await BringAsync(page, "silence.wav", Wav(new float[16_000]));
        await page.WaitForURLAsync(url => url.Contains("sound=", StringComparison.Ordinal));
        await page.Locator("sound-span").WaitForAsync(new LocatorWaitForOptions { Timeout = 60_000 });
        visit.AssertNoFaults();
        // One that has gone, or never was.
        await visit.GoAsync($"listen/{await DemoSae.IdAsync(page)}?sound=000000000000000000000000");
        await Assertions.Expect(page.Locator("[data-reading=gone]")).ToContainTextAsync("not here any more");
    }

    [Fact]
    [Trait("Length", "Long")]
    public async Task A_busy_worker_does_not_hold_up_the_page_and_a_waiting_text_can_be_stopped()
    {
        var site = await shared.GetAsync();
        await using var visit = await browser.OpenAsync(site);
        var page = visit.Page;
        var sae = await DemoSae.IdAsync(page);
        await visit.GoAsync($"listen/{sae}?prompt=slow%20organ&seed=11&seconds=10");
        await page.Locator("[data-reading=generating]").WaitForAsync();
        // In a second window another text waits its turn, while a clip is read in between.
        await using var other = await browser.OpenAsync(site, $"listen/{sae}?prompt=fast%20drums&seed=12&seconds=10");
        await Assertions.Expect(other.Page.Locator("[data-reading=generating]")).ToContainTextAsync("queued behind 1 take");
        await other.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Stop" }).ClickAsync();
        await Assertions.Expect(other.Page.Locator("[data-reading=cancelled]")).ToContainTextAsync("The reading was stopped.");
        await other.GoAsync($"listen/{sae}?clip=2001");
        await other.Page.Locator(".firing").First.WaitForAsync(new LocatorWaitForOptions { Timeout = 60_000 });
        // The first is read when it is made, and is found again by its prompt and seed.
        await page.Locator(".firing").First.WaitForAsync(new LocatorWaitForOptions { Timeout = 120_000 });
        await Assertions.Expect(page.GetByRole(AriaRole.Main)).ToContainTextAsync("“slow organ”");
        await visit.GoAsync("studio");
        await Assertions.Expect(page.Locator(".takes")).Not.ToContainTextAsync("slow organ");
        visit.AssertNoFaults();
        other.AssertNoFaults();
    }

    [Fact]
    public async Task A_feature_is_heard_steered_in_place_and_kept_in_the_studio()
    {
        var site = await shared.GetAsync();
        await using var visit = await browser.OpenAsync(site);
        var page = visit.Page;
        await visit.GoAsync(await DemoSae.FeatureAsync(page, DemoSae.Taiko));
        var steered = page.Locator("[data-steered]");
        // Its shipped ladder: audible from +2, strong from +4.
        await Assertions.Expect(steered.Locator("[data-preview-strength]")).ToHaveTextAsync("Turned by 4 × p99, from which it is strong by its strength ladder.");
        await steered.GetByLabel("Prompt").FillAsync("solo piano");
        await steered.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Hear it steered" }).ClickAsync();
        await Assertions.Expect(steered).ToHaveAttributeAsync("data-steered", "done", new LocatorAssertionsToHaveAttributeOptions { Timeout = 120_000 });
        Assert.Equal(["A Baseline", "D −4 × p99", "C +4 × p99"], await steered.Locator(".arm").EvaluateAllAsync<string[]>("arms => arms.map(arm => `${arm.dataset.row} ${arm.innerText.trim()}`)"));
        Assert.Equal(["Baseline", "−4 × p99", "+4 × p99"], await steered.Locator("take-transport .segments button").AllTextContentsAsync());
        await Assertions.Expect(steered.Locator("arm-wave[pending]")).ToHaveCountAsync(0);

        // Found again by its address; one playhead for the arms.
        await visit.GoAsync(new Uri(page.Url).PathAndQuery.TrimStart('/'));
        var take = (await steered.Locator(".deck").GetAttributeAsync("data-take"))!;
        var loudness = new Dictionary<string, Sound>();
        await steered.Locator("take-transport .play-button").ClickAsync();
        foreach (var arm in (string[])["A", "C", "D"])
        {
            await steered.Locator($"take-transport [data-arm={arm}]").ClickAsync();
            await page.EvaluateAsync("() => { saeAudio.seek(1); saeAudio.resume(); }");
            loudness[arm] = await Sound.HearAsync(page);
            Assert.Equal(arm, await page.EvaluateAsync<string>("() => saeAudio.state.arm"));
            Assert.InRange(loudness[arm].Correlation(await Sound.DownloadAsync(site, $"api/v1/takes/{take}/{arm}.wav")), 0.95, 1.001);
        }
        await steered.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Open in Studio" }).ClickAsync();
        await page.WaitForURLAsync($"**/studio/takes/{take}");
        await Assertions.Expect(page.Locator(".takes li.here")).ToContainTextAsync("steered");
        visit.AssertNoFaults();
    }

    [Fact]
    [Trait("Length", "Long")]
    public async Task A_worker_that_is_away_is_waited_for_and_one_that_ends_in_the_middle_is_asked_again()
    {
        var site = await shared.GetAsync();
        await using var visit = await browser.OpenAsync(site);
        var page = visit.Page;
        await visit.GoAsync(await DemoSae.FeatureAsync(page, DemoSae.Taiko));
        var steered = page.Locator("[data-steered]");
        var done = new LocatorAssertionsToHaveAttributeOptions { Timeout = 120_000 };
        await Assertions.Expect(steered.GetByRole(AriaRole.Button)).ToBeEnabledAsync();
        Kill(site);
        await Assertions.Expect(page.Locator(".worker-state")).Not.ToHaveAttributeAsync("data-worker", "Ready");
        await steered.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Hear it steered" }).ClickAsync();
        await Assertions.Expect(steered.Locator(".notice[role=status]")).ToContainTextAsync("This starts by itself when the worker is ready.");
        // Three arms with words, whose dashes are no silence.
        await Assertions.Expect(steered.Locator(".wave-pending")).ToHaveCountAsync(3);
        await Assertions.Expect(steered).ToHaveAttributeAsync("data-steered", "done", done);
        var first = await steered.Locator(".deck").GetAttributeAsync("data-take");

        await steered.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Again, with other noise" }).ClickAsync();
        await Assertions.Expect(steered).ToHaveAttributeAsync("data-steered", "running", done);
        var cut = await steered.Locator(".deck").GetAttributeAsync("data-take");
        Kill(site);
        await Assertions.Expect(steered.Locator(".deck")).Not.ToHaveAttributeAsync("data-take", cut!, done);
        await Assertions.Expect(steered).ToHaveAttributeAsync("data-steered", "done", done);
        Assert.NotEqual(first, await steered.Locator(".deck").GetAttributeAsync("data-take"));
        await Assertions.Expect(steered.Locator("[role=alert]")).ToHaveCountAsync(0);
        visit.AssertNoFaults();

        static void Kill(SiteProcess site)
        {
            foreach (var worker in site.Workers("serve")) Processes.Signal(worker, Processes.Kill);
        }
    }

    [Fact]
    public async Task On_a_features_page_ones_own_sound_is_held_against_its_histogram()
    {
        var site = await shared.GetAsync();
        await using var visit = await browser.OpenAsync(site);
        var page = visit.Page;
        await visit.GoAsync(await DemoSae.FeatureAsync(page, DemoSae.Taiko));
        await page.GetByText("Test your own audio").ClickAsync();
        // Its own strongest clip: it fires there.
        var clip = await page.Locator(".clip button[data-play]").First.GetAttributeAsync("data-play");
        using var client = new HttpClient { BaseAddress = new Uri(site.Url) };
        await BringAsync(page, "taiko.wav", await client.GetByteArrayAsync(new Uri(clip!, UriKind.Relative), TestContext.Current.CancellationToken));
        await page.Locator("[data-own-sound]").WaitForAsync(new LocatorWaitForOptions { Timeout = 60_000 });
        await Assertions.Expect(page.Locator(".own")).ToContainTextAsync("× p99, strongest at");
        await Assertions.Expect(page.Locator(".own figure")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "All features that fire in it" }).ClickAsync();
        await page.Locator($".firing[data-firing='{DemoSae.Taiko.ToString(CultureInfo.InvariantCulture)}']").WaitForAsync();
        visit.AssertNoFaults();
    }

    private static Task BringAsync(IPage page, string name, byte[] bytes) =>
        page.GetByLabel("Choose a sound file").First.SetInputFilesAsync(new FilePayload { Name = name, MimeType = "audio/wav", Buffer = bytes });

    private static byte[] Wav(float[] samples) => WavFile.ToBytes(new Waveform([samples], 16_000), WavEncoding.Float32);

    /// <summary>Beats on a chord.</summary>
    private static float[] Music(int seconds) =>
        [.. Enumerable.Range(0, seconds * 16_000).Select(i => (float)(0.3 * Math.Exp(-(i % 8000) / 2000.0) * (Math.Sin(0.1 * i) + Math.Sin(0.126 * i) + Math.Sin(0.15 * i))))];
}
