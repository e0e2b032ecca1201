using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Worker.Tests;

/// <summary>Stereo and melody models on the command line.</summary>
public sealed class LayoutTests : IDisposable
{
    private static readonly string Stereo = Golden("stereo"), Melody = Golden("melody"), Mono = Golden("mono");

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_stereo_model_makes_takes_apart_and_continues_stereo()
    {
        WorkerProcess.Json(folder.Path, "generate", "--model", Stereo, "--prompt", "solo taiko drums, fast", "--seconds", "0.6", "--out", "a.wav", "--codes", "a.json");
        var wave = WavFile.Read(folder["a.wav"]);
        Assert.Equal((32000, 2, 30 * 640), (wave.SampleRate, wave.Channels.Length, wave.SampleCount));
        Assert.NotEqual(wave.Channels[0], wave.Channels[1]);
        Assert.Equal(8, CodeGrid.ReadJson(folder["a.json"]).Codebooks);

        var decoded = WorkerProcess.Json(folder.Path, "decode", "--model", Stereo, "--codes", "a.json", "--out", "b.wav");
        Assert.Equal(2, decoded.GetProperty("channels").GetInt32());
        Assert.Equal(File.ReadAllBytes(folder["a.wav"]), File.ReadAllBytes(folder["b.wav"]));

        // Channels swapped are codebooks swapped.
        WavFile.Write(folder["swapped.wav"], new Waveform([wave.Channels[1], wave.Channels[0]], 32000), WavEncoding.Pcm16);
        WorkerProcess.Json(folder.Path, "encode", "--model", Stereo, "--audio", "a.wav", "--codes", "c.json");
        WorkerProcess.Json(folder.Path, "encode", "--model", Stereo, "--audio", "swapped.wav", "--codes", "d.json");
        var (codes, swapped) = (CodeGrid.ReadJson(folder["c.json"]), CodeGrid.ReadJson(folder["d.json"]));
        for (var codebook = 0; codebook < 8; codebook++) Assert.Equal(codes.Codebook(codebook).ToArray(), swapped.Codebook(codebook ^ 1).ToArray());

        WorkerProcess.Json(folder.Path, "generate", "--model", Stereo, "--continue", "a.wav", "--seconds", "1", "--out", "e.wav", "--codes", "e.json");
        Assert.True(CodeGrid.ReadJson(folder["e.json"]).Slice(0, 30).ContentEquals(codes));
        Assert.Equal(2, WavFile.Read(folder["e.wav"]).Channels.Length);
    }

    [Fact]
    public void One_channel_is_used_for_both_and_two_are_mixed_for_one()
    {
        var random = new Random(1);
        float[] Noise() => [.. Enumerable.Range(0, 6400).Select(_ => (float)(random.NextDouble() - 0.5) / 2)];
        WavFile.Write(folder["one.wav"], new Waveform([Noise()], 32000), WavEncoding.Pcm16);
        WavFile.Write(folder["two.wav"], new Waveform([Noise(), Noise()], 32000), WavEncoding.Pcm16);

        var one = WorkerProcess.Run(folder.Path, "encode", "--model", Stereo, "--audio", "one.wav", "--codes", "one.json");
        Assert.Contains("is used for each", one.Error, StringComparison.Ordinal);
        var codes = CodeGrid.ReadJson(folder["one.json"]);
        for (var codebook = 0; codebook < 8; codebook += 2) Assert.Equal(codes.Codebook(codebook).ToArray(), codes.Codebook(codebook + 1).ToArray());

        var two = WorkerProcess.Run(folder.Path, "encode", "--model", Mono, "--audio", "two.wav", "--codes", "two.json");
        Assert.Contains("mixed to mono", two.Error, StringComparison.Ordinal);
        Assert.Equal(4, CodeGrid.ReadJson(folder["two.json"]).Codebooks);
    }

    [Fact]
    public void A_melody_model_follows_a_melody_as_the_reference_does()
    {
        using var expected = SafetensorsFile.Open(Path.Combine(Melody, "expected", "expected.safetensors"));
        WavFile.Write(folder["tune.wav"], new Waveform([expected.ReadFloat32("melody.wave")], 32000), WavEncoding.Float32);
        foreach (var (key, arguments) in new[] { ("melody.greedy.g3.1.audio", new[] { "--melody", "tune.wav" }), ("text.greedy.g3.1.audio", []) })
        {
            WorkerProcess.Json(folder.Path, ["generate", "--model", Melody, "--prompt", "solo taiko drums, fast", "--greedy", "--seconds", "0.54", "--out", "x.wav", .. arguments]);
            var (made, audio) = (WavFile.Read(folder["x.wav"]).Channels[0], expected.ReadFloat32(key));
            // 16 bits of sound: half a step, of clipped samples.
            Assert.Equal(audio.Length, made.Length);
            Assert.InRange(made.Zip(audio, (a, b) => Math.Abs(a - Math.Clamp(b, -1, 1))).Max(), 0, 1e-4);
        }
    }

    [Fact]
    public void A_trace_sees_the_melody_and_its_columns_begin_at_BOS()
    {
        new CodeGrid(4, 10).WriteJson(folder["codes.json"]);
        WavFile.Write(folder["tune.wav"], new Waveform([[.. Enumerable.Range(0, 32000).Select(index => MathF.Sin(index * 0.08f))]], 32000), WavEncoding.Pcm16);
        WorkerProcess.Json(folder.Path, "trace", "--model", Melody, "--codes", "codes.json", "--layers", "3", "--melody", "tune.wav", "--out", "with.safetensors");
        WorkerProcess.Json(folder.Path, "trace", "--model", Melody, "--codes", "codes.json", "--layers", "3", "--out", "without.safetensors");
        using SafetensorsFile with = SafetensorsFile.Open(folder["with.safetensors"]), without = SafetensorsFile.Open(folder["without.safetensors"]);
        Assert.Equal([14L, 48L], with.Entries["resid_post.3"].Shape);
        Assert.NotEqual(with.ReadFloat32("resid_post.3"), without.ReadFloat32("resid_post.3"));
    }

    [Fact]
    public void A_model_that_follows_no_melody_says_so()
    {
        WavFile.Write(folder["tune.wav"], new Waveform([new float[3200]], 32000), WavEncoding.Pcm16);
        var outcome = WorkerProcess.Run(folder.Path, "generate", "--model", Mono, "--melody", "tune.wav", "--out", "x.wav");
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("musicgen_melody", outcome.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(folder["x.wav"]));
    }

    [Fact]
    public void Info_tells_them_apart()
    {
        var (stereo, melody) = (WorkerProcess.Json(folder.Path, "info", "--model", Stereo), WorkerProcess.Json(folder.Path, "info", "--model", Melody));
        Assert.Equal(2, stereo.GetProperty("decoder").GetProperty("channels").GetInt32());
        Assert.Equal(System.Text.Json.JsonValueKind.Null, stereo.GetProperty("melody").ValueKind);
        Assert.Equal(20, melody.GetProperty("melody").GetProperty("frames").GetInt32());
    }

    private static string Golden(string name) => Path.Combine(WorkerProcess.Root, "tests", "SaeDashboard.MusicGen.Tests", "Golden", name);
}
