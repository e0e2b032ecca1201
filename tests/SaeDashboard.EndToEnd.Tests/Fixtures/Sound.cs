using System.Text.Json;
using Microsoft.Playwright;
using SaeDashboard.Core.Audio;

namespace SaeDashboard.EndToEnd.Tests.Fixtures;

/// <summary>What a window really lets sound: samples out of the analyser behind the volume.</summary>
/// <param name="Samples">Half a second, as it was heard.</param>
/// <param name="Position">The playhead when it was taken, in seconds.</param>
internal sealed record Sound(float[] Samples, double Position)
{
    private const int Window = 8192;

    /// <summary>Loudness in dB of full scale.</summary>
    public double Decibels => 20 * Math.Log10(Math.Sqrt(Samples.Average(sample => (double)sample * sample)) + 1e-12);

    /// <summary>Waits until something plays, then takes half a second of it: the first that is louder than −50 dB, for music may begin with a
    /// rest. Where none is, the loudest.</summary>
    public static async Task<Sound> HearAsync(IPage page, int withinSeconds = 15)
    {
        var heard = await page.EvaluateAsync<JsonElement?>(
            """
            async ([window, seconds]) => {
              const pause = () => new Promise(done => setTimeout(done, 10));
              const end = performance.now() + seconds * 1000;
              let begun = null, loudest = null;
              while (performance.now() < end) {
                const { playing, position } = saeAudio.state;
                if (!playing || !saeAudio.analyser) begun = null;
                else {
                  saeAudio.analyser.fftSize = window;
                  begun ??= position;
                  if (position - begun > window / saeAudio.state.rate + .1) {
                    const samples = new Float32Array(window);
                    saeAudio.analyser.getFloatTimeDomainData(samples);
                    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / window;
                    if (!loudest || power > loudest.power) loudest = { samples: [...samples], position, power };
                    if (power > 1e-5) break;
                  }
                }
                await pause();
              }
              return loudest;
            }
            """, new[] { Window, withinSeconds });
        if (heard is not { ValueKind: JsonValueKind.Object } got)
        {
            var state = await page.EvaluateAsync<string>("() => JSON.stringify(saeAudio.state)");
            throw new TimeoutException($"Nothing sounded within {withinSeconds} s: {state}");
        }
        return new Sound([.. got.GetProperty("samples").EnumerateArray().Select(each => each.GetSingle())], got.GetProperty("position").GetDouble());
    }

    /// <summary>The best correlation of what was heard with the file near the playhead, −1 … 1.</summary>
    public double Correlation(Waveform file)
    {
        var all = file.Channels[0];
        var length = Samples.Length / 2;
        var part = Samples.AsSpan(Samples.Length / 4, length);
        var expected = (int)(Position * file.SampleRate) - (3 * length / 2);
        var from = Math.Max(0, expected - file.SampleRate);
        var to = Math.Min(all.Length - length, expected + file.SampleRate);
        var best = -1.0;
        double own = 0;
        foreach (var sample in part) own += sample * sample;
        for (var lag = from; lag <= to; lag++)
        {
            var other = all.AsSpan(lag, length);
            double product = 0, power = 0;
            for (var i = 0; i < length; i++)
            {
                product += part[i] * other[i];
                power += other[i] * other[i];
            }
            best = Math.Max(best, product / Math.Sqrt((own * power) + 1e-20));
        }
        return best;
    }

    /// <summary>Reads a WAV that the site serves.</summary>
    public static async Task<Waveform> DownloadAsync(SiteProcess site, string address)
    {
        using var client = new HttpClient { BaseAddress = new Uri(site.Url) };
        var path = Path.Combine(Path.GetTempPath(), $"sae-e2e-{Guid.NewGuid():N}.wav");
        try
        {
            await File.WriteAllBytesAsync(path, await client.GetByteArrayAsync(new Uri(address, UriKind.Relative)));
            return WavFile.Read(path);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
