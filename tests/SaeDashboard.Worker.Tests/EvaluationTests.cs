using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using SaeDashboard.Core.Saes;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Worker.Tests;

/// <summary><c>evaluate</c> on a model of four tiny layers: cross-entropy against that of traced logits, SAEs that change everything or nothing, and what it leaves on the disk.</summary>
public sealed class EvaluationTests : IDisposable
{
    private const int Layer = 1;
    private const int Width = 48;
    private const int Codes = 64;
    private const int Codebooks = 4;
    private const int Frames = 80;
    private const int TestClips = 12;

    // Column p tells of codebook k's frame p − k; columns 4 … F count.
    private static readonly int[] CellsOfClip = [Frames - 4, Frames - 3, Frames - 3, Frames - 3];

    private readonly TemporaryFolder folder = new();
    private readonly string model = Path.Combine(WorkerProcess.Root, "tests", "SaeDashboard.MusicGen.Tests", "Golden", "mono");
    private readonly int[][][] clips;

    public EvaluationTests()
    {
        var random = new Random(1);
        clips = [.. Enumerable.Range(0, TestClips + 2).Select(_ => Enumerable.Range(0, Codebooks).Select(_ => Enumerable.Range(0, Frames).Select(_ => random.Next(Codes)).ToArray()).ToArray())];
        Directory.CreateDirectory(folder["data"]);
        File.WriteAllLines(Path.Combine(folder["data"], "metadata.jsonl"), clips.Select((_, row) => JsonSerializer.Serialize(new { id = $"clip{row}", split = row < TestClips ? "test" : "select", caption = Caption(row), seconds = 1.6 })));
        var writer = new SafetensorsWriter();
        writer.Add("codes", [.. clips.SelectMany(clip => clip).SelectMany(row => row).Select(code => (short)code)], clips.Length, Codebooks, Frames);
        writer.Save(Path.Combine(folder["data"], "codes.safetensors"));
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void An_identity_recovers_everything_and_the_cross_entropy_is_that_of_traced_logits()
    {
        WriteSae("identity", decoder: 1, _ => 0);
        var result = Evaluate("identity", "--ce-clips", "2", "--score-columns", "0");
        Assert.Equal(JsonValueKind.Null, result.GetProperty("outputScore").ValueKind);
        Assert.Equal(JsonValueKind.Null, result.GetProperty("stability").ValueKind);
        foreach (var report in result.GetProperty("recovery").EnumerateArray())
        {
            var captions = report.GetProperty("condition").GetString() == "caption";
            Assert.Equal(2, report.GetProperty("clips").GetInt32());
            // Two of twelve, spread evenly.
            var traced = new[] { 0, TestClips / 2 }.Select(row => TracedCrossEntropy(row, captions)).ToArray();
            var (sum, cells) = (0.0, 0);
            foreach (var row in report.GetProperty("codebooks").EnumerateArray())
            {
                var codebook = row.GetProperty("codebook").GetInt32();
                Assert.Equal(2 * CellsOfClip[codebook], row.GetProperty("cells").GetInt32());
                Assert.Equal(traced.Sum(clip => clip[codebook]) / (2 * CellsOfClip[codebook]), row.GetProperty("crossEntropy").GetDouble(), 1e-5);
                sum += traced.Sum(clip => clip[codebook]);
                cells += 2 * CellsOfClip[codebook];
            }

            var all = report.GetProperty("overall");
            Assert.Equal(cells, all.GetProperty("cells").GetInt32());
            Assert.Equal(sum / cells, all.GetProperty("crossEntropy").GetDouble(), 1e-5);
            Assert.Equal(0, all.GetProperty("klSae").GetDouble(), 1e-6);
            Assert.Equal(all.GetProperty("crossEntropy").GetDouble(), all.GetProperty("crossEntropySae").GetDouble(), 1e-6);
            Assert.True(all.GetProperty("klZero").GetDouble() > 1e-4);
            Assert.Equal(1, all.GetProperty("klRecoveredOfZero").GetProperty("value").GetDouble(), 1e-6);
            Assert.Equal(1, all.GetProperty("klRecoveredOfMean").GetProperty("value").GetDouble(), 1e-6);
        }
    }

    [Fact]
    [Trait("Length", "Long")]
    public void A_dictionary_of_zeros_recovers_nothing_and_moves_nothing()
    {
        // Each unit has a threshold of its own, so that some fire in a quarter of the clips or fewer: those are kept and scored.
        WriteSae("zeros", decoder: 0, unit => -0.05f * unit);
        var hash = SaeFolders.WeightsHash(folder["zeros"]);
        var files = Files("zeros");
        var result = Evaluate("zeros", "--ce-clips", "3", "--score-columns", "2", "--second", "zeros");
        foreach (var report in result.GetProperty("recovery").EnumerateArray())
        {
            var all = report.GetProperty("overall");
            Assert.Equal(all.GetProperty("crossEntropyZero").GetDouble(), all.GetProperty("crossEntropySae").GetDouble(), 1e-6);
            Assert.Equal(0, all.GetProperty("klRecoveredOfZero").GetProperty("value").GetDouble(), 1e-6);
        }

        var score = result.GetProperty("outputScore");
        Assert.InRange(score.GetProperty("features").GetInt32(), 1, 2 * Width);
        Assert.Equal(result.GetProperty("report").GetProperty("keptDefault").GetInt32(), score.GetProperty("features").GetInt32());
        Assert.Equal(0, score.GetProperty("medianScore").GetDouble(), 1e-10);
        Assert.Equal(0, score.GetProperty("medianLogitChange").GetDouble(), 1e-5);

        // It is all in the SAE's folder, whose own files are as they were.
        var kept = Path.Combine(folder["zeros"], "evaluation", "test");
        Assert.Equal(kept, Path.GetFullPath(result.GetProperty("folder").GetString()!, folder.Path));
        Assert.Equal(hash, SaeFolders.WeightsHash(folder["zeros"]));
        Assert.Equal(files, Files("zeros"));
        var parts = Parts(kept);
        Assert.Equal(["decoderCosine", "outputScore", "reconstruction", "recovery", "stability"], parts.Select(part => part.Key).Order(StringComparer.Ordinal));
        using (var scores = SafetensorsFile.Open(Path.Combine(kept, "outputScore.safetensors")))
            Assert.Equal(score.GetProperty("features").GetInt32(), scores.ReadFloat32("score").Count(float.IsFinite));

        // Measuring less throws nothing away; another data set's figures are not mixed in.
        Evaluate("zeros", "--ce-clips", "0", "--score-columns", "0");
        var again = Parts(kept);
        Assert.True(JsonNode.DeepEquals(parts["recovery"], again["recovery"]));
        Assert.False(JsonNode.DeepEquals(parts["reconstruction"], again["reconstruction"]));
        var metadata = Path.Combine(folder["data"], "metadata.jsonl");
        File.WriteAllText(metadata, File.ReadAllText(metadata).Replace("1.6", "1.7", StringComparison.Ordinal));
        Evaluate("zeros", "--ce-clips", "0", "--score-columns", "0");
        Assert.Equal(["decoderCosine", "reconstruction"], Parts(kept).Select(part => part.Key).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(Directory.GetFileSystemEntries(kept), path => Path.GetFileName(path).StartsWith('.'));
    }

    [Fact]
    public void Stopped_in_the_middle_it_keeps_the_parts_that_are_done()
    {
        WriteSae("sae", decoder: 1, unit => -0.05f * unit);
        using var process = WorkerProcess.Start(folder.Path, "evaluate", "--sae", "sae", "--model", model, "--dataset", "data", "--score-columns", "1000000", "--ce-clips", "0");
        var json = Path.Combine(folder["sae"], "evaluation", "test", "evaluation.json");
        var until = DateTime.UtcNow.AddSeconds(60);
        while (!File.Exists(json) && DateTime.UtcNow < until) Thread.Sleep(20);
        using (var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)])) kill.WaitForExit();
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(30)));
        Assert.Equal(1, process.ExitCode);
        Assert.True(Parts(Path.GetDirectoryName(json)!).ContainsKey("reconstruction"));
        Assert.False(Parts(Path.GetDirectoryName(json)!).ContainsKey("outputScore"));
    }

    /// <summary>Σ −ln p of each codebook's cells of one clip, from <c>trace</c>'s logits, in float64.</summary>
    private double[] TracedCrossEntropy(int row, bool captions)
    {
        File.WriteAllText(folder["codes.json"], JsonSerializer.Serialize(clips[row]));
        string[] prompt = captions ? ["--prompt", Caption(row)] : [];
        WorkerProcess.Json(folder.Path, ["trace", "--model", model, "--codes", "codes.json", "--layers", "0", "--out", "trace.safetensors", .. prompt]);
        using var file = SafetensorsFile.Open(folder["trace.safetensors"]);
        var (logits, columns) = (file.ReadFloat32("logits"), (int)file.Entries["logits"].Shape[1]);
        return [.. Enumerable.Range(0, Codebooks).Select(codebook => Enumerable.Range(4, Frames - 3).Sum(column =>
        {
            var frame = column - codebook;
            if (frame >= Frames) return 0;
            var values = logits.AsSpan((codebook * columns + column) * Codes, Codes).ToArray();
            return Math.Log(values.Sum(value => Math.Exp(value))) - values[clips[row][codebook][frame]];
        }))];
    }

    /// <summary>f = ReLU(±x + b), x̂ = decoder · (f₊ − f₋): with no bias and a decoder of 1 that is x itself, bit for bit.</summary>
    private void WriteSae(string name, float decoder, Func<int, float> bias)
    {
        const int Features = 2 * Width;
        var (encode, decode) = (new float[Width * Features], new float[Features * Width]);
        for (var i = 0; i < Width; i++)
        {
            (encode[i * Features + i], encode[i * Features + Width + i]) = (1, -1);
            (decode[i * Width + i], decode[(Width + i) * Width + i]) = (decoder, -decoder);
        }

        var config = new SaeConfig { Architecture = SaeArchitecture.Standard, DIn = Width, DSae = Features, Metadata = new SaeMetadata { HookName = $"layers.{Layer}.resid_post" } };
        var tensors = new Dictionary<string, float[]> { ["W_enc"] = encode, ["W_dec"] = decode, ["b_dec"] = new float[Width], ["b_enc"] = [.. Enumerable.Range(0, Features).Select(bias)] };
        SaeFolders.Write(folder[name], new SaeContents(config, tensors), SaeFormat.SaeLens);
    }

    private JsonElement Evaluate(string sae, params string[] options) =>
        WorkerProcess.Json(folder.Path, ["evaluate", "--sae", sae, "--model", model, "--dataset", "data", .. options]);

    private static JsonObject Parts(string kept) => JsonNode.Parse(File.ReadAllText(Path.Combine(kept, "evaluation.json")))!["parts"]!.AsObject();

    private string[] Files(string sae) => [.. Directory.GetFiles(folder[sae]).Order(StringComparer.Ordinal).Select(path => $"{Path.GetFileName(path)} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path)))}")];

    private static string Caption(int row) => row % 2 == 0 ? "80s pop track with bassy drums and synth" : "solo taiko drums, fast";
}
