using System.Text.Json.Nodes;

namespace SaeDashboard.Worker.Tests;

/// <summary>Clips shorter than their codes, and longer than the model's window.</summary>
public sealed class ClipLengthTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Padding_is_not_collected()
    {
        var dataset = SmallDataset.Write(folder["set"], train: 4, select: 2, test: 0, frames: 100);
        // One clip of 1.3 s, one of 0.02: 65 frames and 1 of 100.
        var lines = File.ReadAllLines(folder["set/metadata.jsonl"]);
        foreach (var (line, seconds) in new[] { (1, 1.3), (3, 0.02) })
        {
            var clip = JsonNode.Parse(lines[line])!;
            clip["seconds"] = seconds;
            lines[line] = clip.ToJsonString();
        }
        File.WriteAllLines(folder["set/metadata.jsonl"], lines);
        string[] asked = ["collect", "--model", WorkerProcess.DemoModel, "--dataset", dataset, "--layers", "1", "--out", "a"];
        var outcome = WorkerProcess.Run(folder.Path, [.. asked, "--json"]);
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        Assert.Equal(266, JsonNode.Parse(outcome.Output)!["columns"]!.GetValue<long>());
        Assert.Contains("2 of 4 clips are shorter than the 2.00 s of their codes: 134 columns of padding are left out", outcome.Error, StringComparison.Ordinal);
        var clips = JsonNode.Parse(File.ReadAllText(folder["a/manifest.json"]))!["clips"]!.AsArray();
        Assert.Equal([null, 65, null, 1], clips.Select(clip => clip!["columns"]?.GetValue<int>()));

        WorkerProcess.Fails(folder.Path, ["train", "--model", WorkerProcess.DemoModel, "--dataset", dataset, "--layers", "1", "--out", "sae", "--run-dir", "run"], "needs clips without padding", "collect");
    }

    [Fact]
    public void Clips_longer_than_the_window_get_a_note()
    {
        var dataset = SmallDataset.Write(folder["set"], train: 2, select: 1, test: 0, frames: 512);
        string[] asked = ["collect", "--dataset", dataset, "--layers", "0", "--json"];
        Assert.DoesNotContain("longer than", WorkerProcess.Run(folder.Path, [.. asked, "--model", WorkerProcess.DemoModel, "--out", "a"]).Error, StringComparison.Ordinal);
        // The same model with a window of 200 columns.
        Directory.CreateDirectory(folder["model"]);
        foreach (var file in Directory.GetFiles(WorkerProcess.DemoModel)) File.CreateSymbolicLink(Path.Combine(folder["model"], Path.GetFileName(file)), file);
        File.Delete(folder["model/generation_config.json"]);
        File.WriteAllText(folder["model/generation_config.json"], File.ReadAllText(Path.Combine(WorkerProcess.DemoModel, "generation_config.json")).Replace("516", "204", StringComparison.Ordinal));
        Assert.Contains("2 of 2 clips are longer than the 4.00 s that model was trained on", WorkerProcess.Run(folder.Path, [.. asked, "--model", "model", "--out", "b"]).Error, StringComparison.Ordinal);
    }
}
