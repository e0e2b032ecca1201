using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using SaeDashboard.Core.Audio;
using SaeDashboard.Web.Sounds;

namespace SaeDashboard.Web.Tests.Sounds;

/// <summary>Files that people bring: what is made of them, and what is said of those that cannot be read.</summary>
public sealed class BroughtSoundTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_sound_becomes_one_channel_at_the_models_rate_and_is_the_same_each_time()
    {
        await using var host = await SoundsHost.StartAsync();
        var (left, right) = (SoundsHost.Tone(44_100), SoundsHost.Tone(44_100, 0.1f));
        var bytes = SoundsHost.Wav(44_100, WavEncoding.Float32, left, right);
        var sound = await ReadAsync(await host.BringAsync(bytes, "my%20band.wav"));
        Assert.Equal(("my band.wav", 16_000, false), (sound.Name, sound.SampleRate, sound.Silent));
        Assert.Equal(1, sound.Seconds, 1e-3);
        Assert.Equal(["Resampled from 44100 Hz to the model's 16000 Hz.", "2 channels mixed to one."], sound.Notes);
        Assert.Equal(sound.Id, (await ReadAsync(await host.BringAsync(bytes))).Id);

        var path = host["back.wav"];
        await File.WriteAllBytesAsync(path, await host.Http.GetByteArrayAsync($"sounds/{sound.Id}.wav", Stop), Stop);
        var expected = Resampler.To(new Waveform([left.Zip(right, (a, b) => (a + b) / 2).ToArray()], 44_100), 16_000).Channels[0];
        var kept = WavFile.Read(path).Channels[0];
        Assert.Equal(expected.Length, kept.Length);
        Assert.All(expected.Zip(kept), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 1e-5));
        var peaks = (await host.Http.GetFromJsonAsync<Peaks>($"sounds/{sound.Id}/peaks?buckets=50", Stop))!;
        Assert.Equal(Peaks.Of(WavFile.Read(path), 50).Values, peaks.Values);
        // Nothing of what was brought stays but the sound itself.
        Assert.Equal([$"{sound.Id}.wav"], Directory.GetFiles(Path.Combine(host.Root.Cache, "listening")).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Two_channels_stay_two_for_a_stereo_model()
    {
        await using var host = await SoundsHost.StartAsync();
        var (left, right) = (SoundsHost.Tone(8000), SoundsHost.Tone(8000, 0.1f));
        var sounds = host.Get<TemporarySounds>();
        var two = await sounds.AddAsync(SoundsHost.Wav(16_000, WavEncoding.Float32, left, right), "two.wav", 16_000, 2, Stop);
        Assert.Empty(two.Notes);
        Assert.Equal([left, right], WavFile.Read(sounds.PathOf(two.Id)!).Channels);
        var one = await sounds.AddAsync(SoundsHost.Wav(16_000, WavEncoding.Float32, left), "one.wav", 16_000, 2, Stop);
        Assert.Equal([left], WavFile.Read(sounds.PathOf(one.Id)!).Channels);
        var four = await sounds.AddAsync(SoundsHost.Wav(16_000, WavEncoding.Float32, left, left, right, right), "four.wav", 16_000, 2, Stop);
        Assert.Equal(["4 channels mixed to one."], four.Notes);
    }

    [Fact]
    public async Task What_a_killed_site_was_reading_is_cleared_away_and_nothing_that_is_read_now()
    {
        await using var host = await SoundsHost.StartAsync();
        var listening = Directory.CreateDirectory(Path.Combine(host.Root.Cache, "listening")).FullName;
        await File.WriteAllTextAsync(Path.Combine(listening, ".brought-0123456789abcdef0123456789abcdef"), "half a sound", Stop);
        var sounds = await Task.WhenAll(Enumerable.Range(1, 4).Select(async i => await ReadAsync(await host.BringAsync(SoundsHost.Wav(16_000, WavEncoding.Pcm16, SoundsHost.Tone(4000, 0.1f * i))))));
        Assert.Equal(sounds.Select(sound => $"{sound.Id}.wav").Order(), Directory.GetFiles(listening).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task Of_a_long_sound_the_beginning_is_read_and_that_is_said()
    {
        await using var host = await SoundsHost.StartAsync(options => options.MaxSeconds = 2);
        var sound = await ReadAsync(await host.BringAsync(SoundsHost.Wav(16_000, WavEncoding.Pcm16, SoundsHost.Tone(100_000))));
        Assert.Equal(2, sound.Seconds);
        Assert.Contains("first 2 s", Assert.Single(sound.Notes), StringComparison.Ordinal);
        // Exactly as long as may be: nothing to say.
        Assert.Empty((await ReadAsync(await host.BringAsync(SoundsHost.Wav(16_000, WavEncoding.Pcm16, SoundsHost.Tone(32_000))))).Notes);
    }

    [Fact]
    public async Task A_silent_sound_is_read_and_said_to_be_silent()
    {
        await using var host = await SoundsHost.StartAsync();
        var sound = await ReadAsync(await host.BringAsync(SoundsHost.Wav(16_000, WavEncoding.Pcm16, new float[16_000])));
        Assert.True(sound.Silent);
        Assert.Contains("silent", Assert.Single(sound.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_not_a_sound_is_refused_by_its_own_name()
    {
        await using var host = await SoundsHost.StartAsync(options => options.MaxMegabytes = 1);
        var nan = SoundsHost.Wav(16_000, WavEncoding.Float32, SoundsHost.Tone(1000));
        BitConverter.TryWriteBytes(nan.AsSpan(nan.Length - 4), float.NaN);
        var manyChannels = SoundsHost.Wav(16_000, WavEncoding.Pcm16, [.. Enumerable.Range(0, 33).Select(_ => new float[100])]);
        var whole = SoundsHost.Wav(16_000, WavEncoding.Pcm16, SoundsHost.Tone(1000));
        foreach (var (bytes, said) in new (byte[], string)[]
        {
            ([], "a.wav is empty"), (nan, "a.wav: sample 999"), (manyChannels, "a.wav has 33 channels"), (whole[..1000], "a.wav"), (SoundsHost.Wav(16_000, WavEncoding.Pcm16, Array.Empty<float>()), "a.wav holds no sound"),
            (SoundsHost.Wav(500, WavEncoding.Pcm16, new float[100]), "500 samples a second"), (SoundsHost.Wav(9_000_000, WavEncoding.Pcm16, new float[100]), "9000000 samples a second"), (Encoding.ASCII.GetBytes("<html>not a sound</html>"), "a.wav"),
        })
        {
            var answer = await host.BringAsync(bytes);
            var problem = await answer.Content.ReadFromJsonAsync<JsonElement>(Stop);
            Assert.Equal((HttpStatusCode.BadRequest, said), (answer.StatusCode, said));
            Assert.Contains(said, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
            Assert.DoesNotContain(host.Root.Path, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        }
        var large = await host.BringAsync(new byte[(1 << 20) + 1]);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, large.StatusCode);
        Assert.Contains("1 MiB", await large.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Http.PostAsync("saes/other/sounds?file=a.wav", new ByteArrayContent(whole), Stop)).StatusCode);
        Assert.Empty(Directory.GetFiles(Path.Combine(host.Root.Cache, "listening")));
    }

    [Fact]
    public async Task The_sounds_used_longest_ago_go_and_their_address_says_so()
    {
        await using var host = await SoundsHost.StartAsync(options => options.CacheMegabytes = 1);
        var ids = new List<string>();
        // Each has 0.5 MB.
        for (var i = 1; i <= 4; i++) ids.Add((await ReadAsync(await host.BringAsync(SoundsHost.Wav(16_000, WavEncoding.Pcm16, SoundsHost.Tone(130_000, 0.1f * i))))).Id);
        var gone = await host.Http.GetAsync($"sounds/{ids[0]}.wav", Stop);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        Assert.Contains("bring it again", await gone.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Http.GetAsync($"saes/demo/readings/sound-{ids[0]}", Stop)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await host.Http.GetAsync($"sounds/{ids[^1]}.wav", Stop)).StatusCode);
        Assert.Equal(ReadingStage.Gone, (await host.Get<SoundReadings>().WaitAsync("demo", new BroughtSource(ids[0]), Stop))!.Stage);
    }

    private static async Task<BroughtSound> ReadAsync(HttpResponseMessage answer)
    {
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Stop));
        return (await answer.Content.ReadFromJsonAsync<BroughtSound>(Stop))!;
    }
}
