using System.Text.Json;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Presets;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Worker.Tests;

/// <summary>The verbs that make and take apart music, with the shipped model.</summary>
public sealed class MusicTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Generates_encodes_and_decodes()
    {
        var made = WorkerProcess.Json(folder.Path, "generate", "--model", WorkerProcess.DemoModel, "--prompt", "fast rock beat, slap bass line, happy", "--seconds", "2", "--seed", "7", "--out", "rock.wav", "--codes", "rock.json");
        Assert.Equal(100, made.GetProperty("frames").GetInt32());
        var wave = WavFile.Read(folder["rock.wav"]);
        Assert.Equal((16000, 32000, 1), (wave.SampleRate, wave.SampleCount, wave.Channels.Length));
        Assert.InRange(Rms(wave.Channels[0]), 0.003, 0.9);

        WorkerProcess.Json(folder.Path, "decode", "--model", WorkerProcess.DemoModel, "--codes", "rock.json", "--out", "again.wav");
        Assert.Equal(File.ReadAllBytes(folder["rock.wav"]), File.ReadAllBytes(folder["again.wav"]));

        var encoded = WorkerProcess.Json(folder.Path, "encode", "--model", WorkerProcess.DemoModel, "--audio", "rock.wav", "--codes", "encoded.json");
        Assert.Equal(100, encoded.GetProperty("frames").GetInt32());
        Assert.Equal((4, 100), (CodeGrid.ReadJson(folder["encoded.json"]).Codebooks, CodeGrid.ReadJson(folder["encoded.json"]).Frames));
    }

    [Fact]
    [Trait("Length", "Long")]
    public void Samples_of_the_same_codes_differ_between_thread_counts_by_one_step_of_16_bits_at_most()
    {
        // libtorch cuts a convolution by the number of threads: docs/presets.md promises this much and no more.
        var preset = Path.Combine(WorkerProcess.Root, "demo", "presets", "taiko.json");
        foreach (var threads in new[] { "1", "2" })
            WorkerProcess.Json(folder.Path, "decode", "--model", WorkerProcess.DemoModel, "--preset", preset, "--arm", "steered", "--threads", threads, "--out", $"{threads}.wav");
        float[] one = WavFile.Read(folder["1.wav"]).Channels[0], two = WavFile.Read(folder["2.wav"]).Channels[0];
        Assert.Equal(one.Length, two.Length);
        Assert.True(one.Zip(two).Max(pair => Math.Abs(pair.First - pair.Second)) < 1.5f / 32768);
    }

    [Fact]
    public void Codes_of_another_model_are_refused_by_their_file()
    {
        var codes = new CodeGrid(4, 5);
        codes[2, 3] = 1024;
        codes.WriteJson(folder["given.json"]);
        new CodeGrid(2, 5).WriteJson(folder["two.json"]);
        foreach (var verb in new string[][] { ["decode", "--out", "x.wav", "--codes"], ["trace", "--out", "x", "--codes"], ["generate", "--out", "x.wav", "--seconds", "1", "--continue-codes"] })
        {
            WorkerProcess.Fails(folder.Path, [verb[0], "--model", WorkerProcess.DemoModel, .. verb[1..], "given.json"], "given.json", "1024");
            WorkerProcess.Fails(folder.Path, [verb[0], "--model", WorkerProcess.DemoModel, .. verb[1..], "two.json"], "two.json", "2 codebooks");
        }
    }

    [Fact]
    public void A_type_and_a_device_are_asked_for_by_name()
    {
        var info = WorkerProcess.Json(folder.Path, "info", "--model", WorkerProcess.DemoModel, "--dtype", "bfloat16", "--device", "auto").GetProperty("compute");
        Assert.Equal("bfloat16", info.GetProperty("dtype").GetString());
        Assert.Contains(info.GetProperty("device").GetString(), new[] { "cpu", "cuda:0" });
        foreach (var (code, said, arguments) in new[] { (1, "float16 is for GPUs", new[] { "--dtype", "float16" }), (1, "cuda:99", ["--device", "cuda:99"]), (2, "--device gpu", ["--device", "gpu"]) })
        {
            var refused = WorkerProcess.Run(folder.Path, ["info", "--model", WorkerProcess.DemoModel, .. arguments]);
            Assert.Equal(code, refused.ExitCode);
            Assert.Contains(said, refused.Error);
        }
    }

    [Fact]
    public void A_batch_is_numbered_and_its_pieces_differ()
    {
        WorkerProcess.Json(folder.Path, "generate", "--model", WorkerProcess.DemoModel, "--seconds", "0.5", "--batch", "2", "--out", "x.wav", "--codes", "x.json");
        Assert.False(CodeGrid.ReadJson(folder["x.0.json"]).ContentEquals(CodeGrid.ReadJson(folder["x.1.json"])));
        Assert.True(File.Exists(folder["x.0.wav"]) && File.Exists(folder["x.1.wav"]));
    }

    [Fact]
    public void Strength_zero_runs_the_hook_and_changes_no_sample()
    {
        var made = WorkerProcess.Json(folder.Path, "generate", "--model", WorkerProcess.DemoModel, "--prompt", "solo church organ drone", "--seconds", "1", "--steer", WorkerProcess.DemoSae + ":3=0", "--baseline", "a.wav", "--out", "c.wav");
        // 50 frames and 3 columns of delay, two guidance halves.
        Assert.Equal(2 * 53, made.GetProperty("hookCalls").GetInt64());
        Assert.Equal(File.ReadAllBytes(folder["a.wav"]), File.ReadAllBytes(folder["c.wav"]));
    }

    [Fact]
    public void A_preset_keeps_what_was_heard()
    {
        WorkerProcess.Json(folder.Path, "generate", "--model", WorkerProcess.DemoModel, "--seconds", "1", "--steer", WorkerProcess.DemoSae + ":3=2", "--baseline", "a.wav", "--out", "c.wav", "--preset", "p.json", "--name", "Trial");
        foreach (var (arm, wave) in new[] { ("baseline", "a.wav"), ("steered", "c.wav") })
        {
            WorkerProcess.Json(folder.Path, "decode", "--model", WorkerProcess.DemoModel, "--preset", "p.json", "--arm", arm, "--out", "p.wav");
            Assert.Equal(File.ReadAllBytes(folder[wave]), File.ReadAllBytes(folder["p.wav"]));
        }
        Assert.Equal("Trial", PresetFile.Read(folder["p.json"]).Name);
    }

    [Fact]
    public void The_shipped_presets_play_and_steer()
    {
        var presets = Directory.GetFiles(Path.Combine(WorkerProcess.Root, "demo", "presets"), "*.json");
        Assert.Equal(3, presets.Length);
        foreach (var path in presets)
        {
            var preset = PresetFile.Read(path);
            Assert.False(PresetFile.Codes(preset, "steered").ContentEquals(PresetFile.Codes(preset, "baseline")));
            WorkerProcess.Json(folder.Path, "decode", "--model", WorkerProcess.DemoModel, "--preset", path, "--out", "p.wav");
            Assert.InRange(Rms(WavFile.Read(folder["p.wav"]).Channels[0]), 0.003, 0.9);
        }
    }

    [Fact]
    public void Steering_is_compared_with_a_random_direction()
    {
        var measured = WorkerProcess.Json(folder.Path, "steering", "--model", WorkerProcess.DemoModel, "--sae", WorkerProcess.DemoSae, "--feature", "1337", "--strength", "3", "--prompt", "Simple melody", "--seeds", "2", "--seconds", "2");
        var trial = Assert.Single(measured.GetProperty("measurements").EnumerateArray());
        var (steered, random) = (trial.GetProperty("steered"), trial.GetProperty("random"));
        Assert.True(steered.GetProperty("armMean").GetDouble() > Math.Max(steered.GetProperty("baselineMean").GetDouble(), random.GetProperty("armMean").GetDouble()));
    }

    [Fact]
    public void A_preset_s_envelopes_conditions_and_moves_are_measured_and_one_of_several_SAEs_is_refused()
    {
        var plain = PresetFile.Read(Path.Combine(WorkerProcess.Root, "demo", "presets", "taiko.json"));
        plain = plain with { Frames = 100, Arms = plain.Arms.ToDictionary(arm => arm.Key, arm => PresetFile.Pack(PresetFile.Codes(plain, arm.Key).Slice(0, 100))) };
        var steer = plain.Steers[0];
        SteeringPreset With(string name, PresetSteer changed) => plain with { Name = name, Steers = [changed, .. plain.Steers.Skip(1)] };
        SteeringPreset[] presets =
        [
            plain with { Name = "plain" },
            With("never", steer with { Envelope = [new EnvelopePoint(0, 0)] }),
            // A threshold that nothing reaches.
            With("closed", steer with { Condition = new SteerCondition(steer.Feature, 1000, steer.P99) }),
            With("muted until its first column", steer with { Strength = 0, Muted = true }) with { Moves = [new KnobMove(0, 0, steer.Strength)] },
        ];
        Assert.Single(plain.Steers);
        foreach (var (place, preset) in presets.Index()) PresetFile.Write(folder[$"{place}.json"], preset);
        string[] verb = ["steering", "--model", WorkerProcess.DemoModel, "--sae", WorkerProcess.DemoSae, "--seeds", "1", "--preset"];
        var measured = WorkerProcess.Json(folder.Path, [.. verb, .. presets.Select((_, place) => $"{place}.json")]).GetProperty("measurements").EnumerateArray()
            .ToDictionary(trial => trial.GetProperty("trial").GetString()!, trial => (Baseline: Mean(trial, "steered", "baselineMean"), Steered: Mean(trial, "steered", "armMean"), Random: Mean(trial, "random", "armMean")));
        Assert.True(measured["plain"].Steered > measured["plain"].Baseline);
        foreach (var nothing in (string[])["never", "closed"]) Assert.Equal((measured["plain"].Baseline, measured["plain"].Baseline, measured["plain"].Baseline), measured[nothing]);
        // The control follows the moves.
        Assert.Equal(measured["plain"], measured["muted until its first column"]);

        var other = new PresetSae("other", new string('d', 64), "layers.4.resid_post");
        PresetFile.Write(folder["two.json"], plain with { Saes = [other], Steers = [steer, steer with { Sae = other.WeightsHash }] });
        WorkerProcess.Fails(folder.Path, [.. verb, "two.json"], "also uses the SAE dddddddddddd");

        static double Mean(JsonElement trial, string arm, string value) => trial.GetProperty(arm).GetProperty(value).GetDouble();
    }

    [Fact]
    public void Tokenizes_a_text_and_a_file()
    {
        var one = WorkerProcess.Json(folder.Path, "tokenize", "--model", WorkerProcess.DemoModel, "--text", "");
        Assert.Equal([1], one.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()));
        File.WriteAllText(folder["texts.json"], JsonSerializer.Serialize(new[] { "", "sad piano" }));
        var many = WorkerProcess.Json(folder.Path, "tokenize", "--tokenizer", Path.Combine(WorkerProcess.DemoModel, "tokenizer.json"), "--file", "texts.json");
        Assert.Equal(2, many.GetProperty("ids").GetArrayLength());
    }

    [Fact]
    public void Traces_the_layers_asked_for()
    {
        using var dataset = ClipDataset.Open(WorkerProcess.DemoDataset);
        dataset.Codes(dataset.Clips[0]).Slice(0, 40).WriteJson(folder["clip.json"]);
        WorkerProcess.Json(folder.Path, "trace", "--model", WorkerProcess.DemoModel, "--codes", "clip.json", "--prompt", "organ", "--layers", "0,3", "--out", "trace.safetensors");
        using var trace = SafetensorsFile.Open(folder["trace.safetensors"]);
        Assert.Equal(["logits", "resid_post.0", "resid_post.3", "text"], trace.Entries.Keys.Order(StringComparer.Ordinal));
        Assert.Equal([44L, 256L], trace.Entries["resid_post.3"].Shape);
        Assert.Equal([4L, 44L, 1024L], trace.Entries["logits"].Shape);
    }

    [Fact]
    public void Traces_other_points_by_name()
    {
        using var dataset = ClipDataset.Open(WorkerProcess.DemoDataset);
        dataset.Codes(dataset.Clips[0]).Slice(0, 10).WriteJson(folder["clip.json"]);
        WorkerProcess.Json(folder.Path, "trace", "--model", WorkerProcess.DemoModel, "--codes", "clip.json", "--prompt", "organ", "--layers", "2", "--points", "layers.2.resid_mid, layers.2.cross_out,layers.2.mlp_out,embed", "--out", "trace.safetensors");
        using var trace = SafetensorsFile.Open(folder["trace.safetensors"]);
        Assert.Equal(["embed", "layers.2.cross_out", "layers.2.mlp_out", "layers.2.resid_mid", "logits", "resid_post.2", "text"], trace.Entries.Keys.Order(StringComparer.Ordinal));
        Assert.Equal([14L, 256L], trace.Entries["embed"].Shape);
        var parts = new[] { "resid_mid", "cross_out", "mlp_out" }.Select(point => trace.ReadFloat32($"layers.2.{point}")).ToArray();
        var sum = Enumerable.Range(0, parts[0].Length).Select(index => parts[0][index] + parts[1][index] + parts[2][index]);
        Assert.All(sum.Zip(trace.ReadFloat32("resid_post.2")), pair => Assert.Equal(pair.First, pair.Second, 1e-3f));
    }

    [Fact]
    public void Music_longer_than_the_window_continues_in_another()
    {
        WorkerProcess.Json(folder.Path, "generate", "--model", WorkerProcess.DemoModel, "--seconds", "10.6", "--stride", "10", "--guidance", "1", "--seed", "3", "--out", "x.wav", "--codes", "x.json");
        var codes = CodeGrid.ReadJson(folder["x.json"]);
        Assert.Equal((4, 530), (codes.Codebooks, codes.Frames));
        Assert.Equal(530 * 320, WavFile.Read(folder["x.wav"]).SampleCount);
    }

    [Fact]
    public void Info_counts_what_is_there()
    {
        var info = WorkerProcess.Json(folder.Path, "info", "--model", WorkerProcess.DemoModel, "--threads", "1");
        Assert.Equal(8, info.GetProperty("decoder").GetProperty("layers").GetInt32());
        Assert.Equal(1, info.GetProperty("compute").GetProperty("threads").GetInt32());
        Assert.Equal(64, info.GetProperty("weightsHash").GetString()!.Length);
    }

    private static double Rms(float[] samples) => Math.Sqrt(samples.Average(sample => (double)sample * sample));
}
