using System.Text.Json;
using SaeDashboard.Core.Data;

namespace SaeDashboard.Worker.Tests;

/// <summary>evaluate --ground-truth and redraw, on a few clips.</summary>
public sealed class GroundTruthTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Evaluate_scores_against_annotations_and_keeps_the_baselines()
    {
        var evaluate = Prepare();
        var refused = WorkerProcess.Run(folder.Path, evaluate);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("annotations.jsonl", refused.Error, StringComparison.Ordinal);

        Annotate();
        var computed = WorkerProcess.Json(folder.Path, evaluate).GetProperty("groundTruth");
        Assert.Equal(40, computed.GetProperty("scoredOnClips").GetInt32());
        Assert.Equal(
            ["feature", "1-sparse probe", "5-sparse probe", "residual coordinate", "PCA direction", "ridge probe on the residual"],
            computed.GetProperty("sets").EnumerateArray().Select(set => set.GetProperty("name").GetString()));
        // One concept that varies, by clips, seconds and frames; one that is constant, by clips.
        Assert.Equal(6 * 4, computed.GetProperty("summaries").GetArrayLength());
        Assert.All(computed.GetProperty("sets").EnumerateArray().SelectMany(set => set.GetProperty("scores").EnumerateArray()), score =>
            Assert.InRange(score.GetProperty("auroc").GetDouble(), 0.2, 1));

        // From folders, and with the baselines as they were kept: the same numbers.
        WorkerProcess.Json(folder.Path, "collect", "--model", WorkerProcess.DemoModel, "--dataset", "data", "--layers", "4", "--split", "select", "--out", "select");
        File.WriteAllText(folder["base.json"], File.ReadAllText(folder["base.json"]).Replace("\"name\": \"PCA direction\"", "\"name\": \"kept PCA direction\"", StringComparison.Ordinal));
        var again = WorkerProcess.Run(folder.Path, [.. evaluate, "--select-activations", "select", "--json"]);
        Assert.True(again.ExitCode == 0, again.Error);
        var kept = JsonDocument.Parse(again.Output).RootElement.GetProperty("groundTruth");
        Assert.Equal(Text(computed).Replace("\"PCA direction\"", "\"kept PCA direction\"", StringComparison.Ordinal), Text(kept));
        Assert.DoesNotContain("ridge probes", again.Error, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Length", "Long")]
    public void What_is_chosen_on_other_clips_is_another_choice_and_foreign_activations_are_refused()
    {
        var evaluate = Prepare();
        Annotate();
        var computed = WorkerProcess.Json(folder.Path, evaluate).GetProperty("groundTruth");
        WorkerProcess.Json(folder.Path, "collect", "--model", WorkerProcess.DemoModel, "--dataset", "data", "--layers", "4", "--split", "select", "--out", "select");

        // Chosen on other clips: only where there are some, never on those that are scored, and not with the baselines of these.
        var (scored, others, nowhere) = (
            WorkerProcess.Run(folder.Path, [.. evaluate, "--choose-on", "test"]), WorkerProcess.Run(folder.Path, [.. evaluate, "--choose-on", "sae-train"]),
            WorkerProcess.Run(folder.Path, [.. evaluate, "--choose-on", "train"]));
        Assert.Contains("cannot score them there", scored.Error, StringComparison.Ordinal);
        Assert.Contains("other splits (select, test instead of sae-train, test)", others.Error, StringComparison.Ordinal);
        Assert.Contains("it has sae-train (12), select (16), test (40)", nowhere.Error, StringComparison.Ordinal);
        var onTrain = WorkerProcess.Json(folder.Path, [.. evaluate.Where(word => word is not ("--baselines" or "base.json")), "--choose-on", "sae-train"]).GetProperty("groundTruth");
        Assert.Equal(("sae-train", 12, "test"), (onTrain.GetProperty("chosenOn").GetString(), onTrain.GetProperty("chosenOnClips").GetInt32(), onTrain.GetProperty("scoredOn").GetString()));
        Assert.NotEqual(Text(computed.GetProperty("sets")), Text(onTrain.GetProperty("sets")));

        // Activations of other clips, and baselines of other annotations.
        Assert.Contains("other clips", WorkerProcess.Run(folder.Path, [.. evaluate, "--test-activations", "select"]).Error, StringComparison.Ordinal);
        File.AppendAllText(Path.Combine(folder["data"], "annotations.jsonl"), "{\"id\": \"another\", \"spans\": {}}\n");
        Assert.Contains("other annotations", WorkerProcess.Run(folder.Path, [.. evaluate, "--select-activations", "select"]).Error, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Length", "Long")]
    public void Redraw_makes_another_model_of_the_same_scale()
    {
        WorkerProcess.Json(folder.Path, "redraw", "--model", WorkerProcess.DemoModel, "--out", "noise", "--seed", "3");
        WorkerProcess.Json(folder.Path, "redraw", "--model", WorkerProcess.DemoModel, "--out", "again", "--seed", "3");
        WorkerProcess.Json(folder.Path, "redraw", "--model", WorkerProcess.DemoModel, "--out", "other", "--seed", "4");
        Assert.Equal(1, WorkerProcess.Run(folder.Path, "redraw", "--model", WorkerProcess.DemoModel, "--out", "noise").ExitCode);
        Assert.Equal(File.ReadAllBytes(Path.Combine(folder["noise"], "model.safetensors")), File.ReadAllBytes(Path.Combine(folder["again"], "model.safetensors")));

        using var original = SaeDashboard.Core.Tensors.SafetensorsFile.Open(Path.Combine(WorkerProcess.DemoModel, "model.safetensors"));
        using var noise = SaeDashboard.Core.Tensors.SafetensorsFile.Open(Path.Combine(folder["noise"], "model.safetensors"));
        using var other = SaeDashboard.Core.Tensors.SafetensorsFile.Open(Path.Combine(folder["other"], "model.safetensors"));
        Assert.Equal(original.Entries.Keys.Order(), noise.Entries.Keys.Order());
        foreach (var (name, entry) in original.Entries)
        {
            Assert.Equal(entry.Describe(), noise.Entries[name].Describe());
            var same = original.Bytes(name).SequenceEqual(noise.Bytes(name));
            if (!name.StartsWith("decoder.", StringComparison.Ordinal) || entry.Shape.Count != 2)
            {
                Assert.True(same, $"{name} should have stayed");
                continue;
            }
            Assert.False(same, $"{name} is as it was");
            Assert.False(noise.Bytes(name).SequenceEqual(other.Bytes(name)), $"{name} does not depend on the seed");
            var (mean, deviation) = Moments(original.ReadFloat32(name));
            var (drawnMean, drawnDeviation) = Moments(noise.ReadFloat32(name));
            Assert.Equal(mean, drawnMean, 6 * deviation / Math.Sqrt(entry.ElementCount));
            Assert.Equal(1, drawnDeviation / deviation, 6 / Math.Sqrt(2.0 * entry.ElementCount));
        }

        // A model like any other, with weights and a codec of its own and the old.
        var before = WorkerProcess.Json(folder.Path, "info", "--model", WorkerProcess.DemoModel);
        var after = WorkerProcess.Json(folder.Path, "info", "--model", "noise");
        Assert.NotEqual(before.GetProperty("weightsHash").GetString(), after.GetProperty("weightsHash").GetString());
        Assert.Equal(before.GetProperty("codecHash").GetString(), after.GetProperty("codecHash").GetString());
    }

    /// <summary>Writes a dataset and the SAE, and gives the arguments that evaluate them.</summary>
    private string[] Prepare()
    {
        SmallDataset.Write(folder["data"], train: 12, select: 16, test: 40, frames: 110);
        Directory.CreateDirectory(folder["sae"]);
        foreach (var file in new[] { "cfg.json", "sae_weights.safetensors" }) File.Copy(Path.Combine(WorkerProcess.DemoSae, file), Path.Combine(folder["sae"], file));
        return ["evaluate", "--sae", "sae", "--model", WorkerProcess.DemoModel, "--dataset", "data", "--ground-truth", "--baselines", "base.json", "--ce-clips", "0", "--score-columns", "0"];
    }

    /// <summary>Every second clip carries inst.even for a second, and is in key 0; the others are in key 1.</summary>
    private void Annotate()
    {
        using var dataset = ClipDataset.Open(folder["data"]);
        File.WriteAllLines(Path.Combine(folder["data"], "annotations.jsonl"), dataset.Clips.Select(clip =>
        {
            var spans = new Dictionary<string, double[][]> { [$"key.{clip.Row % 2}"] = [[0, 2.2]] };
            if (clip.Row % 2 == 0) spans["inst.even"] = [[0.4, 1.4]];
            return JsonSerializer.Serialize(new { id = clip.Id, spans });
        }));
    }

    private static string Text(JsonElement element) => JsonSerializer.Serialize(element);

    private static (double Mean, double Deviation) Moments(float[] values)
    {
        var mean = values.Average(value => (double)value);
        return (mean, Math.Sqrt(values.Average(value => (value - mean) * (value - mean))));
    }
}
