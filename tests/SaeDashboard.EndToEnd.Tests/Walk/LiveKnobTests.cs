using System.Net.Http.Json;
using System.Net.Sockets;
using Microsoft.Playwright;
using SaeDashboard.Core;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Serving;
using SaeDashboard.Core.Takes;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Walk;

/// <summary>A knob of a running take is turned, and the ear hears it: from the call that the page makes to the first changed sample that leaves the
/// processor in the browser.</summary>
public sealed class LiveKnobTests(SharedSite shared, BrowserFixture browser)
{
    [Fact]
    public Task A_turned_knob_is_heard_and_the_baseline_stays_as_it_is() => Turn(frames: 300, moves: 3, [1]);

    [Fact]
    [Trait("Length", "Long")]
    public Task Fifty_turned_knobs_at_1_s_and_at_8_s_are_heard_within_a_second() => Turn(frames: 750, moves: 50, [1, 8]);

    private async Task Turn(int frames, int moves, int[] places)
    {
        var site = await shared.GetAsync();
        await using var visit = await browser.OpenAsync(site);
        var page = visit.Page;
        using var worker = Worker(site);
        var take = Ids.New("take");
        using var events = await StartAsync(worker, take, frames);
        // The site finds the folder within a moment.
        await Poll.UntilAsync("the take's page shows it", TimeSpan.FromSeconds(30), async () =>
        {
            await visit.GoAsync($"studio/takes/{take}");
            return await page.Locator("take-transport[live][lead]").CountAsync() > 0;
        });
        await page.Locator("take-transport .play-button").ClickAsync();
        await page.Locator("take-transport [data-arm=C]").ClickAsync();
        foreach (var place in places)
        {
            await page.WaitForFunctionAsync($"() => saeAudio.state.playing && saeAudio.state.position >= {place}", null, new PageWaitForFunctionOptions { Timeout = 60_000 });
            var times = await page.EvaluateAsync<double[]>(Script, new { take, moves, place, seconds = 0.2 });
            Assert.Equal(moves, times.Length);
            Array.Sort(times);
            var (median, late) = (times[moves / 2], times[(int)Math.Ceiling(0.95 * moves) - 1]);
            var underruns = await page.EvaluateAsync<int>("() => saeAudio.state.underruns.length");
            Report.Figure($"Knob to ear at {place} s into a take", $"median {median:F3} s, 95th percentile {late:F3} s, largest {times[^1]:F3} s of {moves}; ran dry {underruns} times so far");
            Assert.True(late < (Report.Strict ? 1 : 20), $"{late:F3} s");
        }

        // The page is done: the take is finished without it.
        await page.EvaluateAsync("() => saeAudio.stop()");
        var folder = new TakeFolder(Path.Combine(site.Data, "takes", take));
        await Poll.UntilAsync("the take is done", TimeSpan.FromSeconds(120), () => folder.ReadManifest().State == TakeState.Done);
        Assert.NotEmpty(folder.ReadManifest().Settings.Moves ?? []);
        var files = new Dictionary<string, Waveform>();
        foreach (var arm in (string[])[TakeArms.Baseline, TakeArms.Steered]) files[arm] = await Sound.DownloadAsync(site, $"api/v1/takes/{take}/{arm}.wav");
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
        var still = Ids.New("take");
        using var stillEvents = await StartAsync(worker, still, frames, waitSeconds: 0);
        var other = new TakeFolder(Path.Combine(site.Data, "takes", still));
        await Poll.UntilAsync("the take without moves is done", TimeSpan.FromSeconds(60), () => other.Exists && other.ReadManifest().State == TakeState.Done);
        Assert.Equal(WavFile.Read(other.WavPath(TakeArms.Baseline)).Channels[0], files[TakeArms.Baseline].Channels[0]);
        Assert.NotEqual(WavFile.Read(other.WavPath(TakeArms.Steered)).Channels[0], files[TakeArms.Steered].Channels[0]);
        visit.AssertNoFaults();
    }

    /// <summary>Turns the knob again and again at one place; gives the seconds from each turn to its first changed sample.</summary>
    private const string Script = """
        async ({ take, moves, place, seconds }) => {
          const { turn } = await import('./js/studio/listen.js');
          const player = globalThis.saeAudio, context = player.analyser.context;
          const times = [];
          globalThis.revision ??= 0;
          const pause = ms => new Promise(resume => setTimeout(resume, ms));
          for (let move = 0; move < moves; move++) {
            player.seek(place);
            player.resume();
            while (!(player.state.playing && player.state.position >= place + seconds * (move % 5) / 5)) await pause(5);
            const { position, preRoll, rate } = player.state;
            const fromColumn = Math.ceil((position + preRoll) * 50);
            const pressed = context.currentTime;
            let revision = Infinity, resolve, reject;
            const seen = [], heard = new Promise((yes, no) => { resolve = yes; reject = no; });
            const look = () => {
              const change = seen.find(each => each.arm === 'C' && each.revision >= revision);
              if (change) resolve(change.time);
            };
            const leave = player.onChanged(change => { seen.push(change); look(); });
            const limit = setTimeout(() => reject(new Error(`Move ${move} was not heard: revision ${revision}, ${JSON.stringify(player.state)}, ${JSON.stringify(seen)}`)), 20000);
            const answer = await turn(take, { fromColumn, knobs: [{ strip: 0, strength: move % 2 ? -4 : 4 }], playhead: Math.round(position * rate) });
            if (answer.revision > globalThis.revision) {
              globalThis.revision = revision = answer.revision;
              look();
              times.push((await heard) - pressed);
            } else {
              // Nothing was generated from there on yet: the column itself is the first that is changed.
              while (player.state.position < fromColumn / 50) await pause(2);
              times.push(context.currentTime - pressed);
            }
            clearTimeout(limit);
            leave();
            await pause(150);
          }
          return times;
        }
        """;

    private static Task<int> RevisionAsync(IPage page, string take, string arm) =>
        page.EvaluateAsync<int>("async ([take, arm]) => (await import('./js/studio/take-session.js')).sessionOf(take, ['A', 'C']).sources[arm].revision", new[] { take, arm });

    /// <summary>Asks the site's worker for a live take, as the site does.</summary>
    private static async Task<HttpResponseMessage> StartAsync(HttpClient worker, string take, int frames, double waitSeconds = 25)
    {
        var settings = new TakeSettings
        {
            ModelPath = Path.Combine(Clone.Demo, "model"),
            SaePath = Path.Combine(Clone.Demo, "sae"),
            Prompt = "solo church organ drone",
            Seed = 11,
            Frames = frames,
            Steers = [new TakeSteer(526, 1, "add", 0)],
            Live = new TakeLive { WaitSeconds = waitSeconds },
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/generations") { Content = JsonContent.Create(new GenerationRequest(take, settings), options: JsonDefaults.Lines) };
        var response = await worker.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, $"{response.StatusCode}");
        return response;
    }

    private static HttpClient Worker(SiteProcess site)
    {
        var path = ServePaths.Socket(site.Data);
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, ct) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), ct);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        return new HttpClient(handler) { BaseAddress = new Uri("http://worker/"), Timeout = Timeout.InfiniteTimeSpan };
    }
}
