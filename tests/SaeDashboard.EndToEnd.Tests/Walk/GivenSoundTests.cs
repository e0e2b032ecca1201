using System.Diagnostics;
using Microsoft.Playwright;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Takes;
using SaeDashboard.EndToEnd.Tests.Fixtures;
using SaeDashboard.EndToEnd.Tests.Pages;

namespace SaeDashboard.EndToEnd.Tests.Walk;

/// <summary>Takes in the Studio that continue a sound or follow a melody, of models with one channel and with two.</summary>
public sealed class GivenSoundTests(SharedSite shared, BrowserFixture browser)
{
    private const int Rate = 16_000, FrameRate = 50;

    // Hz.
    private static readonly double[] Chord = [262, 330, 392];

    // Behind the volume: the power of left − right as a share of the left one's, once both sound; 0: they do not within 15 s.
    private const string HowFarApart =
        """
        async () => {
          const power = samples => samples.reduce((sum, sample) => sum + sample * sample, 0);
          const end = performance.now() + 15_000;
          let sides = null;
          while (performance.now() < end) {
            await new Promise(done => setTimeout(done, 20));
            const { analyser } = saeAudio;
            if (!analyser) continue;
            if (!sides) {
              const splitter = analyser.context.createChannelSplitter(2);
              analyser.connect(splitter);
              sides = [0, 1].map(side => {
                const each = analyser.context.createAnalyser();
                each.fftSize = 8192;
                splitter.connect(each, side);
                return each;
              });
            }
            const [left, right] = sides.map(each => {
              const samples = new Float32Array(each.fftSize);
              each.getFloatTimeDomainData(samples);
              return samples;
            });
            if (power(left) > 1e-3 && power(right) > 1e-3) return power(left.map((sample, i) => sample - right[i])) / power(left);
          }
          return 0;
        }
        """;

    [Fact]
    public async Task A_sound_that_is_dropped_is_continued_and_heard()
    {
        var site = await shared.GetAsync();
        await using var visit = await browser.OpenAsync(site, "studio");
        var page = visit.Page;
        await StudioForm.OpenEmptyAsync(page);
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Continue a sound" }).ClickAsync();
        var dropped = Music(seconds: 1.2);
        await DropAsync(page, "my band.wav", WavFile.ToBytes(new Waveform([dropped], Rate), WavEncoding.Pcm16));
        await Assertions.Expect(page.Locator(".condition-sound").First).ToContainTextAsync("Continues “my band.wav”");
        await page.GetByLabel("Continues: length").FillAsync("1");
        await page.GetByLabel("Continues: length").BlurAsync();
        await Assertions.Expect(page.GetByLabel("Continues: length")).ToHaveValueAsync("1");
        Assert.Empty(await PageChecks.AccessibilityFaultsAsync(visit));

        var take = await StudioForm.GenerateAsync(page, seconds: 2);
        await StudioForm.WhenOverAsync(page, take);
        await Assertions.Expect(page.Locator($"[data-take='{take}']")).ToContainTextAsync("continues “my band.wav” (0 to 1 s)");
        var folder = new TakeFolder(Path.Combine(site.Data, "takes", take));
        var given = folder.ReadManifest().Settings.Continue!;
        var codes = folder.ReadCodes(TakeArms.Baseline)!;
        Assert.Equal((FrameRate, 2 * FrameRate), (given.CountFrames(), codes.Frames));
        Assert.True(codes.Slice(0, FrameRate).ContentEquals(CodeGrid.FromBase64(given.Codes!, given.Codebooks)));
        // What was dropped, as the codec gives it back, and then more.
        var sound = (await Sound.DownloadAsync(site, $"api/v1/takes/{take}/A.wav")).Channels[0];
        Assert.Equal(2 * Rate, sound.Length);
        var likeness = Correlation(sound.AsSpan(0, Rate), dropped.AsSpan(0, Rate));
        Report.Figure("The first second of a take that continues a dropped sound", $"correlates with it by {likeness:0.00}");
        Assert.InRange(likeness, 0.5, 1);
        Assert.InRange(Decibels(sound.AsSpan(Rate)), -60, 0);

        await page.EvaluateAsync("() => saeAudio.seek(0)");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Play", Exact = true }).First.ClickAsync();
        Assert.InRange((await Sound.HearAsync(page)).Decibels, -60, 0);
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Remove", Exact = true }).First.ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Continue a sound" })).ToBeVisibleAsync();
        visit.AssertNoFaults();
    }

    [Fact]
    [Trait("Length", "Long")]
    public async Task A_stereo_model_plays_two_channels_and_a_melody_model_follows_a_tune_at_every_width_in_both_themes()
    {
        await using var site = await SiteProcess.StartNewAsync(data =>
        {
            SmallSae.Write(data, SmallSae.Model(data, "stereo"), 8, verb => Work(data, verb));
            SmallSae.Write(data, SmallSae.Model(data, "melody"), 4, verb => Work(data, verb));
        });
        await using var visit = await browser.OpenAsync(site, "studio?add=stereo:1");
        var page = visit.Page;
        await page.Locator(".rack .strip").WaitForAsync();
        // Two channels that differ, which are continued as such.
        var (left, right) = (Music(1, rate: 32_000), Music(1, rate: 32_000, pitch: 1.5));
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Continue a sound" }).ClickAsync();
        await WidthsAsync(visit, site, "studio-continue");
        await DropAsync(page, "stereo.wav", WavFile.ToBytes(new Waveform([left, right], 32_000), WavEncoding.Pcm16));
        await Assertions.Expect(page.Locator(".condition-sound").First).ToContainTextAsync("stereo.wav");
        var take = await StudioForm.GenerateAsync(page, seconds: 2);
        await StudioForm.WhenOverAsync(page, take);
        var manifest = new TakeFolder(Path.Combine(site.Data, "takes", take)).ReadManifest();
        Assert.Equal((true, 8, FrameRate), (manifest.Stereo, manifest.Settings.Continue!.Codebooks, manifest.Settings.Continue.CountFrames()));
        foreach (var arm in (string[])[TakeArms.Baseline, TakeArms.Steered])
        {
            var made = await Sound.DownloadAsync(site, $"api/v1/takes/{take}/{arm}.wav");
            Assert.Equal((2, 64_000), (made.Channels.Length, made.SampleCount));
            Assert.NotEqual(made.Channels[0], made.Channels[1]);
        }
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Play", Exact = true }).First.ClickAsync();
        var apart = await page.EvaluateAsync<double>(HowFarApart);
        Report.Figure("The difference of the two channels that are heard of a stereo take", $"{100 * apart:0} % of the left one's power");
        Assert.True(apart > 0.01, $"{apart}");
        await WidthsAsync(visit, site, "studio-stereo");

        // The melody model, without the sound from before.
        await visit.GoAsync("studio?add=melody:1");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Remove", Exact = true }).First.ClickAsync();
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Follow a melody" }).ClickAsync();
        await DropAsync(page, "tune.wav", WavFile.ToBytes(new Waveform([Music(2, rate: 32_000)], 32_000), WavEncoding.Pcm16));
        await Assertions.Expect(page.Locator(".condition-sounds")).ToContainTextAsync("Melody of “tune.wav”");
        var followed = await StudioForm.GenerateAsync(page, seconds: 1);
        await StudioForm.WhenOverAsync(page, followed);
        await Assertions.Expect(page.Locator($"[data-take='{followed}']")).ToContainTextAsync("follows “tune.wav” (0 to 2 s)");
        var melody = new TakeFolder(Path.Combine(site.Data, "takes", followed)).ReadManifest().Settings.Melody!;
        Assert.NotEmpty(Convert.FromBase64String(melody.Chroma!));
        // Without the notice that the features of the other model were removed, which covers what is below it.
        await visit.GoAsync($"studio/takes/{followed}");
        await WidthsAsync(visit, site, "studio-melody");
        visit.AssertNoFaults();
    }

    /// <summary>Layout, focus and axe-core at every width in both themes.</summary>
    private static async Task WidthsAsync(Visit visit, SiteProcess site, string name)
    {
        var faults = new List<string>();
        foreach (var width in (int[])[390, 720, 1440, 2560])
        {
            await visit.Page.SetViewportSizeAsync(width, visit.Page.ViewportSize!.Height);
            await PageChecks.SettledAsync(visit);
            foreach (var theme in (string[])["dark", "light"])
            {
                await PageChecks.SetThemeAsync(visit, theme);
                await ContactSheet.ShootAsync(visit, site, name, width, theme);
                foreach (var fault in await PageChecks.AccessibilityFaultsAsync(visit)) faults.Add($"{width} px, {theme}: {fault}");
                foreach (var fault in await PageChecks.FocusFaultsAsync(visit)) faults.Add($"{width} px, {theme}: {fault}");
            }
            foreach (var fault in await PageChecks.LayoutFaultsAsync(visit)) faults.Add($"{width} px: {fault}");
        }
        Assert.True(faults.Count == 0, $"{name}:{Environment.NewLine}{string.Join(Environment.NewLine, faults)}");
        await visit.Page.SetViewportSizeAsync(1440, visit.Page.ViewportSize!.Height);
    }

    private static void Work(string folder, string[] verb)
    {
        var start = new ProcessStartInfo(Clone.Worker) { WorkingDirectory = folder, RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in verb) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        Assert.True(process.WaitForExit(TimeSpan.FromMinutes(2)), "the worker did not end");
        Assert.True(process.ExitCode == 0, $"{string.Join(' ', verb)}: {output.Result}{error.Result}");
    }

    /// <summary>Drops a file as a person does, on the place for it.</summary>
    private static async Task DropAsync(IPage page, string name, byte[] bytes)
    {
        await page.Locator("sound-drop").First.WaitForAsync();
        await page.EvaluateAsync(
            """
            ([name, base64]) => {
              const bytes = Uint8Array.from(atob(base64), letter => letter.charCodeAt(0)), dataTransfer = new DataTransfer();
              dataTransfer.items.add(new File([bytes], name, { type: 'audio/wav' }));
              const place = document.querySelector('sound-drop .say');
              for (const type of ['dragover', 'drop']) place.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer }));
            }
            """, new[] { name, Convert.ToBase64String(bytes) });
    }

    /// <summary>Beats on a chord.</summary>
    private static float[] Music(double seconds, int rate = Rate, double pitch = 1) =>
        [.. Enumerable.Range(0, (int)(seconds * rate)).Select(i => (double)i / rate).Select(t =>
            (float)(0.25 * Math.Exp(-(t % 0.5) * 8) * Chord.Sum(hertz => Math.Sin(2 * Math.PI * pitch * hertz * t))))];

    private static double Decibels(ReadOnlySpan<float> samples)
    {
        var power = 0.0;
        foreach (var sample in samples) power += (double)sample * sample;
        return 10 * Math.Log10(power / samples.Length + 1e-12);
    }

    private static double Correlation(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var (ab, aa, bb) = (0.0, 0.0, 0.0);
        for (var i = 0; i < a.Length; i++)
        {
            ab += (double)a[i] * b[i];
            aa += (double)a[i] * a[i];
            bb += (double)b[i] * b[i];
        }
        return ab / Math.Sqrt(aa * bb + 1e-20);
    }
}
