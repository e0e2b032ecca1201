using System.Diagnostics;
using System.Text.Json;
using Microsoft.Playwright;
using SaeDashboard.Core.Audio;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Walk;

/// <summary>
/// Marks, waves and playheads line up: with an SAE that fires exactly where codebook 0 has one code, in clips of one burst each. What is read off
/// the canvases' pixels is held against the codes and against the decoded sound, to within a column (0.02 s).
/// </summary>
public sealed class AlignmentTests(BrowserFixture browser)
{
    private const double Column = (double)HandMadeSae.Hop / HandMadeSae.SampleRate;

    // What a bar of a wave is wide: no picture can be more exact.
    private const double BarPixels = 3;

    [Fact]
    public async Task The_mark_the_audio_and_the_playhead_agree_on_a_features_page_and_in_search_by_sound()
    {
        await using var site = await SiteProcess.StartNewAsync();
        using var folder = new TemporaryFolder();
        var made = HandMadeSae.Write(folder["made"], "layers.4.resid_post", RunWorker);
        Directory.Move(made.Model, Path.Combine(site.Data, "models", "handmade"));
        Directory.Move(made.Dataset, Path.Combine(site.Data, "datasets", "handmade"));
        Directory.Move(made.Sae, Path.Combine(site.Data, "saes", "handmade"));
        using var client = new HttpClient { BaseAddress = new Uri(site.Url) };
        var clip = await Poll.ForAsync("the SAE is found", TimeSpan.FromSeconds(60), async () =>
        {
            using var answer = await client.GetAsync(new Uri("api/v1/saes/handmade/features/0/clips/0", UriKind.Relative));
            if (!answer.IsSuccessStatusCode) return null;
            var said = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
            return said.RootElement.GetProperty("sound").ValueKind == JsonValueKind.String ? said : null;
        });
        var row = clip.RootElement.GetProperty("row").GetInt32();
        var frames = HandMadeSae.Columns(made.Codes[row], 0, made.First).Select(column => column - 1).ToArray();
        Assert.Equal(frames, clip.RootElement.GetProperty("frames").EnumerateArray().Select(frame => frame.GetInt32()));
        var sound = await Sound.DownloadAsync(site, clip.RootElement.GetProperty("sound").GetString()!);
        Assert.Equal(HandMadeSae.Frames * Column, sound.Seconds, 1e-9);
        var (burstFrom, burstTo) = Burst(sound);
        // The code is where the burst is heard.
        Assert.InRange(frames[0] * Column, burstFrom - 2 * Column, burstTo + Column);

        await using var visit = await browser.OpenAsync(site, "features/handmade/0?all=1");
        await AgreesAsync(visit, ".clip clip-wave", frames, burstFrom, burstTo);

        await visit.GoAsync($"listen/handmade?clip={row}&all=1");
        await visit.Page.Locator(".firing[data-firing='0']").WaitForAsync(new LocatorWaitForOptions { Timeout = 60_000 });
        await AgreesAsync(visit, ".firing[data-firing='0'] clip-wave", frames, burstFrom, burstTo);
        await ChoosesAsync(visit, frames, burstFrom, burstTo);
        visit.AssertNoFaults();
    }

    /// <summary>What a wave with its strip shows, in seconds, off its pixels.</summary>
    private static async Task AgreesAsync(Visit visit, string selector, int[] frames, double burstFrom, double burstTo)
    {
        var page = visit.Page;
        await page.WaitForFunctionAsync("selector => document.querySelector(selector)?.clip?.peaks", selector, new PageWaitForFunctionOptions { Timeout = 60_000 });
        var read = await page.EvaluateAsync<JsonElement>(
            """
            async ([selector, at]) => {
              const wave = document.querySelector(selector), canvas = wave.shadowRoot.querySelector('canvas');
              wave.scrollIntoView({ block: 'center' });
              await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
              const pen = canvas.getContext('2d'), { width, height } = canvas, ratio = height / wave.getBoundingClientRect().height;
              const row = y => pen.getImageData(0, Math.round(y * ratio), width, 1).data;
              const inked = (data, threshold) => [...Array(width).keys()].filter(x => data[4 * x + 3] > threshold);
              const cssHeight = height / ratio, seconds = x => (x / width) * wave.clip.duration;
              // The strip above its line; the wave where only what is loud reaches: a quarter of its height from the top.
              const strip = inked(row(cssHeight - 5), 60), loud = inked(row(5 + (cssHeight - 20) / 4), 60);
              // The playhead, on a moment of the sound.
              await saeAudio.play({ id: wave.playId, url: wave.clip.sound });
              saeAudio.pause();
              saeAudio.seek(at);
              await new Promise(done => setTimeout(done, 300));
              await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
              const cursor = wave.shadowRoot.querySelector('i').getBoundingClientRect(), box = wave.getBoundingClientRect();
              return {
                duration: wave.clip.duration, cssWidth: box.width,
                stripFrom: seconds(strip[0]), stripTo: seconds(strip.at(-1) + 1), loudFrom: seconds(loud[0]), loudTo: seconds(loud.at(-1) + 1),
                playhead: ((cursor.left + cursor.width / 2 - box.left) / box.width) * wave.clip.duration, position: saeAudio.state.position,
              };
            }
            """, new object[] { selector, frames[0] * Column });
        double Value(string name) => read.GetProperty(name).GetDouble();
        var bar = BarPixels / Value("cssWidth") * Value("duration");
        var within = Column + bar;
        Assert.Equal(HandMadeSae.Frames * Column, Value("duration"), 1e-9);
        Assert.InRange(Value("stripFrom"), frames[0] * Column - bar, frames[0] * Column + bar);
        Assert.InRange(Value("stripTo"), (frames[^1] + 1) * Column - bar, (frames[^1] + 1) * Column + bar);
        Assert.InRange(Value("loudFrom"), burstFrom - within, burstFrom + within);
        Assert.InRange(Value("loudTo"), burstTo - within, burstTo + within);
        Assert.Equal(frames[0] * Column, Value("position"), 0.001);
        Assert.InRange(Value("playhead"), frames[0] * Column - bar, frames[0] * Column + bar);
        Report.Figure($"Alignment, {selector}", $"strip {Value("stripFrom"):0.000} to {Value("stripTo"):0.000} s (frames {frames[0]} to {frames[^1]}), wave {Value("loudFrom"):0.000} to {Value("loudTo"):0.000} s (burst {burstFrom:0.000} to {burstTo:0.000} s), playhead {Value("playhead"):0.000} s");
    }

    /// <summary>A moment chosen on the wave of search by sound is that of the frames below the pointer.</summary>
    private static async Task ChoosesAsync(Visit visit, int[] frames, double burstFrom, double burstTo)
    {
        var page = visit.Page;
        var span = page.Locator("sound-span");
        await span.ScrollIntoViewIfNeededAsync();
        await page.WaitForFunctionAsync("() => document.querySelector('sound-span').peaks");
        var box = (await span.BoundingBoxAsync())!;
        var loud = await page.EvaluateAsync<double[]>(
            """
            () => {
              const canvas = document.querySelector('sound-span').shadowRoot.querySelector('canvas'), { width, height } = canvas;
              const data = canvas.getContext('2d').getImageData(0, Math.round(height / 4), width, 1).data;
              const inked = [...Array(width).keys()].filter(x => data[4 * x + 3] > 60);
              return [inked[0] / width, (inked.at(-1) + 1) / width];
            }
            """);
        var duration = HandMadeSae.Frames * Column;
        var within = Column + BarPixels / box.Width * duration;
        Assert.InRange(loud[0] * duration, burstFrom - within, burstFrom + within);
        Assert.InRange(loud[1] * duration, burstTo - within, burstTo + within);

        // From the middle of the first frame to the middle of the last: exactly those frames.
        await DragAsync(frames[0] + 0.5, frames[^1] + 0.5);
        await page.WaitForURLAsync(url => url.Contains(FormattableString.Invariant($"from={Math.Round(frames[0] * Column, 3)}"), StringComparison.Ordinal));
        Assert.Equal([frames[0], frames[^1] + 1], await page.EvaluateAsync<int[]>("() => { const { from, to } = document.querySelector('sound-span').span; return [from, to]; }"));
        await Assertions.Expect(page.Locator(".firing[data-firing='0'] .figures .by")).ToContainTextAsync("× p99");
        // After it: nothing fires there any more.
        await DragAsync(frames[^1] + 4.5, frames[^1] + 8.5);
        await Assertions.Expect(page.Locator(".firing[data-firing='0']")).ToHaveCountAsync(0);

        async Task DragAsync(double from, double to)
        {
            box = (await span.BoundingBoxAsync())!;
            float X(double frame) => (float)(box.X + frame / HandMadeSae.Frames * box.Width);
            var y = box.Y + 12;
            await page.Mouse.MoveAsync(X(from), y);
            await page.Mouse.DownAsync();
            await page.Mouse.MoveAsync(X(from) + 5, y);
            await page.Mouse.MoveAsync(X(to), y, new MouseMoveOptions { Steps = 4 });
            await page.Mouse.UpAsync();
        }
    }

    /// <summary>From when to when a sound is above half of its largest sample, in seconds: what a wave shows above a half of its height.</summary>
    private static (double From, double To) Burst(Waveform sound)
    {
        var samples = sound.ToMono();
        var half = samples.Max(MathF.Abs) / 2;
        return ((double)Array.FindIndex(samples, sample => MathF.Abs(sample) > half) / sound.SampleRate, (double)(Array.FindLastIndex(samples, sample => MathF.Abs(sample) > half) + 1) / sound.SampleRate);
    }

    private static void RunWorker(string[] arguments)
    {
        var start = new ProcessStartInfo(Clone.Worker, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{string.Join(' ', arguments)}: {error.Result}");
    }
}
