using System.Text.Json;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Features;
using SaeDashboard.Core.Tensors;
using SaeDashboard.Worker.Clap;

namespace SaeDashboard.Worker.Tests;

/// <summary>The verbs clap and clap-score, with the golden CLAP model: its weights are random, so its cosines mean nothing, but they are exact.</summary>
public sealed class ClapTests(ITestOutputHelper output) : IDisposable
{
    private static readonly string Golden = Path.Combine(WorkerProcess.Root, "tests", "SaeDashboard.Clap.Tests", "Golden", "clap");

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Cosines_are_the_reference_s()
    {
        using var expected = SafetensorsFile.Open(Path.Combine(Golden, "expected", "expected.safetensors"));
        using var info = JsonDocument.Parse(File.ReadAllText(Path.Combine(Golden, "expected", "info.json")));
        string[] texts = [.. info.RootElement.GetProperty("texts").EnumerateArray().Select(text => text.GetString()!)];
        for (var wave = 0; wave < 3; wave++) Save($"{wave}.wav", Wave(expected, wave), 48000);

        var found = WorkerProcess.Json(folder.Path, ["clap", "--model", Golden, "--audio", "0.wav", "1.wav", "2.wav", "--text", .. texts]);
        Assert.Equal(texts, found.GetProperty("texts").EnumerateArray().Select(text => text.GetString()));
        Assert.Equal([10, 3.7, 0.9], found.GetProperty("sounds").EnumerateArray().Select(sound => Math.Round(sound.GetProperty("seconds").GetDouble(), 6)));
        for (var wave = 0; wave < 3; wave++)
        {
            for (var text = 0; text < texts.Length; text++)
            {
                var cosine = expected.ReadFloat32($"audio_embeds.{wave}").Zip(expected.ReadFloat32($"text_embeds.{text}"), (a, b) => (double)a * b).Sum();
                Assert.Equal(cosine, found.GetProperty("cosines")[wave][text].GetDouble(), 1e-4);
            }
        }

        var table = WorkerProcess.Run(folder.Path, "clap", "--model", Golden, "--audio", "0.wav", "--text", texts[0], "--text", texts[3]);
        Assert.Equal(0, table.ExitCode);
        Assert.Equal(["      1      2", " -0.137 -0.045  0.wav", "cosine with: 1 solo taiko drums, fast; 2 a"], table.Output.TrimEnd().Split('\n'));
    }

    [Fact, Trait("Length", "Long")]
    public void A_longer_sound_of_another_rate_and_two_channels_is_heard_in_windows()
    {
        float[] tone = [.. Enumerable.Range(0, 25 * 16000).Select(at => 0.3f * MathF.Sin(at * (0.05f + at / 4_000_000f)))];
        WavFile.Write(folder["long.wav"], new Waveform([tone, tone], 16000), WavEncoding.Float32);
        var found = WorkerProcess.Run(folder.Path, "clap", "--model", Golden, "--audio", "long.wav", "--text", "a", "--json");
        Assert.Equal(0, found.ExitCode);
        Assert.Contains("long.wav: 25.0 s, heard in 3 windows of 10 s.", found.Error, StringComparison.Ordinal);

        // The mean of the windows' embeddings has a length below 1, so only its direction is compared: by the cosines with several texts.
        string[] asked = ["clap", "--model", Golden, "--text", "a", "drums", "música", "--audio"];
        (int From, int To)[] windows = [(0, 10), (10, 20), (15, 25)];
        var whole = Resampler.To(new Waveform([tone], 16000), 48000).Channels[0];
        foreach (var (from, to) in windows) Save($"{from}.wav", whole[(from * 48000)..(to * 48000)], 48000);
        var parts = WorkerProcess.Json(folder.Path, [.. asked, "0.wav", "10.wav", "15.wav", "long.wav"]).GetProperty("cosines");
        var sums = Enumerable.Range(0, 3).Select(text => Enumerable.Range(0, 3).Sum(part => parts[part][text].GetDouble())).ToArray();
        for (var text = 1; text < 3; text++) Assert.Equal(sums[text] / sums[0], parts[3][text].GetDouble() / parts[3][0].GetDouble(), 1e-3);
    }

    [Fact]
    public void What_cannot_be_compared_is_refused_by_name()
    {
        Save("a.wav", new float[100], 48000);
        WorkerProcess.Fails(folder.Path, ["clap", "--model", WorkerProcess.DemoModel, "--audio", "a.wav", "--text", "a"], "\"model_type\" is \"musicgen\"", "\"clap\" is");
        WorkerProcess.Fails(folder.Path, ["info", "--model", Golden], "\"model_type\" is \"clap\"");
        WorkerProcess.Fails(folder.Path, ["clap", "--model", Golden, "--audio", "none.wav", "--text", "a"], "none.wav does not exist");
        WorkerProcess.Fails(folder.Path, ["clap", "--model", Golden, "--audio", "a.wav", "--text", new string('!', 500)], "Shorten it");
        Assert.Equal(2, WorkerProcess.Run(folder.Path, "clap", "--model", Golden, "--audio", "a.wav").ExitCode);
    }

    /// <summary>A label's score, computed a second way: the codes decoded by the verb decode, cut by time, and compared by the verb clap.</summary>
    [Fact, Trait("Length", "Long")]
    public void A_score_is_the_mean_cosine_with_excerpts_of_the_top_clips()
    {
        using var index = FeatureIndex.Open(Path.Combine(WorkerProcess.DemoSae, "index"));
        int[] features = [.. Enumerable.Range(0, index.Count).Where(feature => index[feature].Kept).Take(3)];
        string[] texts = ["taiko drums", "solo harpsichord", "a calm pad"];
        var lines = features.Zip(texts, (feature, text) => Label(index.Info.SaeHash, feature, text, "2026-11-23T10:15:02.123Z"));
        File.WriteAllLines(folder["labels.jsonl"],
        [
            "{\"export\":2,\"site\":\"5f0c11aa\",\"at\":\"2026-11-29T08:15:02.123Z\"}",
            .. lines,
            Label(index.Info.SaeHash, features[0], "an earlier name", "2026-11-22T10:15:02.123Z"),
            Label(index.Info.SaeHash, features[1] + 100, "removed", "2026-11-22T10:15:02.123Z"),
            Label(index.Info.SaeHash, features[1] + 100, "", "2026-11-23T10:15:02.123Z"),
            Label(new string('0', 64), 5, "of another SAE", "2026-11-22T10:15:02.123Z"),
            "{\"kind\":\"comment\",\"text\":\"skipped\"}",
        ]);
        string[] asked = ["clap-score", "--model", Golden, "--sae", WorkerProcess.DemoSae, "--labels", "labels.jsonl", "--dataset", WorkerProcess.DemoDataset, "--music-model", WorkerProcess.DemoModel, "--clips", "2"];
        var scored = WorkerProcess.Json(folder.Path, [.. asked, "--permutations", "20", "--seed", "7"]);

        var labels = scored.GetProperty("labels").EnumerateArray().ToArray();
        Assert.Equal(5, labels.Length);
        Assert.Equal(3, scored.GetProperty("summary").GetProperty("labels").GetInt32());
        Assert.Equal(3, labels.Count(label => label.GetProperty("current").GetBoolean()));
        Assert.All(labels, label => Assert.Equal(2, label.GetProperty("excerpts").GetInt32()));
        var of = labels.Single(label => label.GetProperty("text").GetString() == texts[1]);
        var measured = Measured(index, features[1], texts[1]);
        output.WriteLine($"{of.GetProperty("cosine").GetDouble()}, measured {measured}");
        Assert.Equal(measured, of.GetProperty("cosine").GetDouble(), 1e-4);
    }

    /// <summary>The codec's LSTM has heard another beginning, which it forgets.</summary>
    [Fact]
    [Trait("Length", "Long")]
    public void An_excerpt_that_is_decoded_alone_is_what_the_whole_clip_has_there()
    {
        using var dataset = ClipDataset.Open(WorkerProcess.DemoDataset);
        const int rate = 16000, hop = 320, from = 200, to = 300;
        var (before, after) = ((int)(ClipSounds.SecondsBefore * rate / hop), (int)(ClipSounds.SecondsAfter * rate / hop));
        var (signal, error) = (0.0, 0.0);
        foreach (var row in (int[])[0, 100])
        {
            var codes = dataset.Codes(dataset.Clips[row]);
            codes.WriteJson(folder["whole.json"]);
            codes.Slice(from - before, before + to - from + after).WriteJson(folder["part.json"]);
            foreach (var name in (string[])["whole", "part"]) WorkerProcess.Json(folder.Path, "decode", "--model", WorkerProcess.DemoModel, "--codes", $"{name}.json", "--float", "--out", $"{name}.wav");
            var whole = WavFile.Read(folder["whole.wav"]).Channels[0].AsSpan(from * hop, (to - from) * hop).ToArray();
            var part = WavFile.Read(folder["part.wav"]).Channels[0].AsSpan(before * hop, (to - from) * hop).ToArray();
            signal += whole.Sum(value => (double)value * value);
            error += whole.Zip(part, (a, b) => ((double)a - b) * (a - b)).Sum();
        }
        var decibels = 10 * Math.Log10(error / signal);
        output.WriteLine($"{decibels:F1} dB");
        Assert.InRange(decibels, double.NegativeInfinity, -40);
    }

    [Fact]
    public void Sounds_of_another_codec_are_not_scored()
    {
        using var index = FeatureIndex.Open(Path.Combine(WorkerProcess.DemoSae, "index"));
        File.WriteAllText(folder["labels.jsonl"], Label(index.Info.SaeHash, 5, "x", "2026-11-22T10:15:02.123Z") + "\n");
        WorkerProcess.Fails(folder.Path, ["clap-score", "--model", Golden, "--sae", WorkerProcess.DemoSae, "--labels", "labels.jsonl", "--dataset", WorkerProcess.DemoDataset,
            "--music-model", Path.Combine(WorkerProcess.Root, "tests", "SaeDashboard.MusicGen.Tests", "Golden", "mono")], "was made with another model");
    }

    private static string Label(string sae, int feature, string text, string at) =>
        JsonSerializer.Serialize(new { kind = "label", sae, feature, text, by = new { id = "local@5f0c11aa", name = "Ada" }, at });

    private double Measured(FeatureIndex index, int feature, string text)
    {
        var files = new List<string>();
        using var dataset = ClipDataset.Open(WorkerProcess.DemoDataset);
        foreach (var top in index.TopClips(feature).Take(2))
        {
            var clip = dataset.Clips[top.Row];
            var frame = Math.Min(Math.Max(0, top.Column - 1 - 50), (int)(clip.Seconds * 50) - 100);
            var before = Math.Min(50, frame);
            dataset.Codes(clip).Slice(frame - before, Math.Min(before + 110, dataset.Frames - frame + before)).WriteJson(folder["part.json"]);
            WorkerProcess.Json(folder.Path, "decode", "--model", WorkerProcess.DemoModel, "--codes", "part.json", "--float", "--out", "clip.wav");
            files.Add($"excerpt-{files.Count}.wav");
            Save(files[^1], WavFile.Read(folder["clip.wav"]).Channels[0].AsSpan(before * 320, 32000).ToArray(), 16000);
        }
        var cosines = WorkerProcess.Json(folder.Path, ["clap", "--model", Golden, "--text", text, "--audio", .. files]).GetProperty("cosines");
        return files.Select((_, file) => cosines[file][0].GetDouble()).Average();
    }

    private void Save(string name, float[] mono, int rate) => WavFile.Write(folder[name], new Waveform([mono], rate), WavEncoding.Float32);

    private static float[] Wave(SafetensorsFile file, int number)
    {
        var entry = file.Entry($"wave.{number}");
        var bytes = new byte[entry.ByteLength];
        file.Read(entry, 0, bytes);
        return [.. bytes.Chunk(sizeof(short)).Select(pair => BitConverter.ToInt16(pair) / 32768f)];
    }
}
