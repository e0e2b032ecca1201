using Microsoft.Playwright;
using SaeDashboard.Core.Audio;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Walk;

/// <summary>A fader of a running take is pressed, and the ear hears it: from the pointer event to the first changed sample that leaves the processor in
/// the browser.</summary>
public sealed class LiveKnobTests(SharedSite shared, BrowserFixture browser)
{
    // One of those with the largest p99·‖d‖.
    private const int Feature = 526;

    [Fact]
    public Task A_turned_knob_is_heard_and_the_baseline_stays_as_it_is() => Turn(seconds: 5, moves: 3, [1]);

    [Fact]
    [Trait("Length", "Long")]
    public Task Fifty_turned_knobs_at_1_s_and_at_8_s_are_heard_within_a_second() => Turn(seconds: 10, moves: 50, [1, 8]);

    private async Task Turn(int seconds, int moves, int[] places)
    {
        var site = await shared.GetAsync();
        await using var visit = await browser.OpenAsync(site, "studio");
        var page = visit.Page;
        await StudioForm.OpenEmptyAsync(page);
        await visit.GoAsync("features");
        await page.Locator("tr[data-feature] a.name").First.ClickAsync();
        // A feature that changes the music within a column or two: with a weak one the first sample that differs may come seconds later.
        var steer = (await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Steer with this" }).GetAttributeAsync("href"))!;
        await visit.GoAsync($"{steer[..(steer.LastIndexOf(':') + 1)]}{Feature}");
        var fader = page.Locator("strength-fader").Last;
        await Assertions.Expect(fader).ToHaveAttributeAsync("aria-valuenow", "3");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Live", Exact = true }).ClickAsync();
        await Assertions.Expect(page.Locator(".live-toggle[aria-pressed=true]")).ToHaveCountAsync(1);
        var take = await StudioForm.GenerateAsync(page, seconds);
        await page.Locator($"live-rack[take='{take}']").WaitForAsync(new LocatorWaitForOptions { Timeout = 60_000 });
        await page.Locator("take-transport [data-arm=C]").ClickAsync();
        foreach (var place in places)
        {
            await page.WaitForFunctionAsync($"() => saeAudio.state.playing && saeAudio.state.position >= {place}", null, new PageWaitForFunctionOptions { Timeout = 60_000 });
            var times = new double[moves];
            for (var move = 0; move < moves; move++) times[move] = await PressAsync(page, fader, place + 0.04 * (move % 5), move % 2 == 0 ? 0.01 : 0.99);
            Array.Sort(times);
            var (median, late) = (times[moves / 2], times[(int)Math.Ceiling(0.95 * moves) - 1]);
            var underruns = await page.EvaluateAsync<int>("() => saeAudio.state.underruns.length");
            Report.Figure($"Pointer to ear at {place} s into a take", $"median {median:F3} s, 95th percentile {late:F3} s, largest {times[^1]:F3} s of {moves}; ran dry {underruns} times so far");
            Assert.True(late < (Report.Strict ? 1 : 20), $"{late:F3} s");
        }

        // The page is done: the take is finished without it.
        await page.EvaluateAsync("() => saeAudio.stop()");
        using var running = RunningTake.Of(site, take);
        await running.DoneAsync();
        var settings = running.Folder.ReadManifest().Settings;
        Assert.NotEmpty(settings.Moves ?? []);
        var files = new Dictionary<string, Waveform>();
        foreach (var arm in settings.Arms) files[arm] = await Sound.DownloadAsync(site, $"api/v1/takes/{take}/{arm}.wav");
        // What the page holds is what the files hold, to the last revision; and the baseline was never revised.
        Assert.Equal(0, await RevisionAsync(page, take, TakeArms.Baseline));
        Assert.True(await RevisionAsync(page, take, TakeArms.Steered) >= moves);
        foreach (var (arm, file) in files)
        {
            await page.WaitForFunctionAsync("async ([take, arm]) => (await import('./js/studio/take-session.js')).sessionOf(take, ['A', 'C']).sources[arm].complete", new[] { take, arm });
            var held = await page.EvaluateAsync<int[]>("async ([take, arm]) => [...(await import('./js/studio/take-session.js')).sessionOf(take, ['A', 'C']).sources[arm].data].map(value => Math.round(32768 * value))", new[] { take, arm });
            Assert.Equal(file.Channels[0].Select(sample => (int)MathF.Round(sample * 32768)), held);
        }

        // The baseline of a take that no knob was turned in has the same samples.
        using var worker = RunningTake.Worker(site);
        using var still = await RunningTake.StartAsync(site, worker, settings with { Moves = null, Live = settings.Live! with { WaitSeconds = 0 } });
        await still.DoneAsync();
        foreach (var arm in settings.Arms.Except(TakeArms.Moved)) Assert.Equal(WavFile.Read(still.Folder.WavPath(arm)).Channels[0], files[arm].Channels[0]);
        Assert.NotEqual(WavFile.Read(still.Folder.WavPath(TakeArms.Steered)).Channels[0], files[TakeArms.Steered].Channels[0]);
        // The rack is everybody's here.
        await page.Locator(".live-toggle").ClickAsync();
        await Assertions.Expect(page.Locator(".live-toggle[aria-pressed=false]")).ToHaveCountAsync(1);
        visit.AssertNoFaults();
    }

    /// <summary>Presses the fader where a part of its width is, when the ear is at a place; gives the seconds from the pointer event to the first changed sample.</summary>
    private static async Task<double> PressAsync(IPage page, ILocator fader, double place, double part)
    {
        await page.EvaluateAsync(Listen, new { place });
        var box = (await fader.BoundingBoxAsync())!;
        await page.Mouse.ClickAsync(box.X + ((float)part * box.Width), box.Y + (box.Height / 2));
        return await page.EvaluateAsync<double>("() => globalThis.heardChange");
    }

    /// <summary>Puts the ear to a place, and notes when the next pointer event comes and when what it changed is heard.</summary>
    private const string Listen = """
        async ({ place }) => {
          const player = globalThis.saeAudio, context = player.analyser.context;
          const pause = ms => new Promise(resume => setTimeout(resume, ms));
          await pause(150);
          player.seek(place);
          player.resume();
          while (!(player.state.playing && player.state.position >= place)) await pause(5);
          globalThis.heardRevision ??= 0;
          globalThis.heardChange = new Promise((resolve, reject) => {
            let pressed = null, revision = Infinity;
            const seen = [];
            const limit = setTimeout(() => reject(new Error(`Not heard: revision ${revision}, ${JSON.stringify(player.state)}, ${JSON.stringify(seen)}`)), 20000);
            const heard = time => {
              clearTimeout(limit);
              leave();
              resolve(time - pressed);
            };
            const look = () => {
              const change = seen.find(each => each.arm === 'C' && each.revision >= revision);
              if (change) heard(change.time);
            };
            const leave = player.onChanged(change => { seen.push(change); look(); });
            // When it happened, not when its handlers are called.
            document.addEventListener('pointerdown', event => { pressed = context.currentTime - (performance.now() - event.timeStamp) / 1000; }, { once: true, capture: true });
            document.addEventListener('sae:turned', async ({ detail: { problem, answer } }) => {
              if (problem) return reject(new Error(problem));
              if (answer.revision > globalThis.heardRevision) {
                globalThis.heardRevision = revision = answer.revision;
                return look();
              }
              // Nothing was generated from there on yet: the column itself is the first that is changed.
              while (player.state.position < answer.fromColumn / 50) await pause(2);
              heard(context.currentTime);
            }, { once: true });
          });
        }
        """;

    private static Task<int> RevisionAsync(IPage page, string take, string arm) =>
        page.EvaluateAsync<int>("async ([take, arm]) => (await import('./js/studio/take-session.js')).sessionOf(take, ['A', 'C']).sources[arm].revision", new[] { take, arm });
}
