using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using SaeDashboard.Core.Features;
using SaeDashboard.Core.Runs;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Worker.Tests;

/// <summary>collect → train → index → features → evaluate on a few clips, and what a kill in the middle leaves.</summary>
public sealed class PipelineTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public PipelineTests()
    {
        SmallDataset.Write(folder["data"]);
        File.WriteAllText(folder["small.json"], JsonSerializer.Serialize(new { latents = 512, k = 16, batch = 256, steps = 120, scaleSamples = 2000, medianSamples = 1000, checkpoints = 4, evaluations = 4, heldOut = 0.1 }));
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_whole_way()
    {
        Collect();
        WorkerProcess.Json(folder.Path, "train", "--activations", "acts", "--config", "small.json", "--run-dir", "run", "--out", "sae");
        Assert.Equal(RunState.Done, RunFolder.ReadStatus(folder["run"])!.State);
        Assert.True(RunMetrics.Read(Path.Combine(folder["run"], "metrics.jsonl")).Count >= 20, "a short run still draws a curve");

        var index = WorkerProcess.Json(folder.Path, "index", "--sae", "sae", "--model", WorkerProcess.DemoModel, "--dataset", "data", "--activations", "acts");
        Assert.Equal(12, index.GetProperty("clips").GetInt32());
        using (var opened = FeatureIndex.Open(Path.Combine(folder["sae"], "index")))
            Assert.Contains(Enumerable.Range(0, 512), feature => opened.TopClips(feature).Count == 12);

        var evaluation = WorkerProcess.Json(folder.Path, "evaluate", "--sae", "sae", "--model", WorkerProcess.DemoModel, "--dataset", "data", "--split", "test", "--ce-clips", "2", "--score-columns", "1").GetProperty("report");
        Assert.InRange(evaluation.GetProperty("explainedVariance").GetDouble(), 0.5, 1.0);
        Assert.InRange(evaluation.GetProperty("l0").GetDouble(), 8, 16.0001);

        var features = WorkerProcess.Json(folder.Path, "features", "--sae", "sae", "--dataset", "data", "--top", "5").GetProperty("features");
        Assert.InRange(features.GetArrayLength(), 1, 5);

        var writer = new SafetensorsWriter();
        writer.Add("x", Enumerable.Range(0, 3 * 256).Select(i => MathF.Sin(i)).ToArray(), 3, 256);
        writer.Save(folder["x.safetensors"]);
        WorkerProcess.Json(folder.Path, "sae-forward", "--sae", "sae", "--vectors", "x.safetensors", "--out", "y.safetensors");
        using var forward = SafetensorsFile.Open(folder["y.safetensors"]);
        Assert.Equal([3L, 512L], forward.Entries["latents"].Shape);
    }

    [Fact]
    public void Killed_while_collecting_nothing_is_taken_for_whole()
    {
        var random = new Random(4);
        for (var round = 0; round < 4; round++)
        {
            using var process = WorkerProcess.Start(folder.Path, "collect", "--model", WorkerProcess.DemoModel, "--dataset", "data", "--out", "acts");
            Thread.Sleep(random.Next(200, 1500));
            process.Kill();
            process.WaitForExit();
            if (Directory.Exists(folder["acts"]))
            {
                // It had finished: then it is whole.
                WorkerProcess.Json(folder.Path, "train", "--activations", "acts", "--config", "small.json", "--run-dir", $"run{round}");
                Directory.Delete(folder["acts"], recursive: true);
            }
            else
            {
                var refused = WorkerProcess.Run(folder.Path, "train", "--activations", "acts", "--run-dir", "run");
                Assert.Equal(1, refused.ExitCode);
            }
        }
        Collect();
        Assert.DoesNotContain(Directory.GetDirectories(folder.Path), path => Path.GetFileName(path).StartsWith('.'));
    }

    [Fact]
    public void Killed_while_training_it_says_so_and_resumes()
    {
        Collect();
        File.WriteAllText(folder["long.json"], JsonSerializer.Serialize(new { latents = 1024, k = 16, batch = 512, steps = 400, scaleSamples = 2000, medianSamples = 1000, checkpoints = 40, heldOut = 0.1 }));
        using (var process = WorkerProcess.Start(folder.Path, "train", "--activations", "acts", "--config", "long.json", "--run-dir", "run", "--out", "sae"))
        {
            WaitFor(() => Directory.Exists(Path.Combine(folder["run"], "checkpoints")) && Directory.GetDirectories(Path.Combine(folder["run"], "checkpoints")).Any(path => !Path.GetFileName(path).StartsWith('.')));
            process.Kill();
            process.WaitForExit();
        }
        Assert.False(Directory.Exists(folder["sae"]));
        Assert.False(RunFolder.IsLocked(folder["run"]));

        // Without a word about what to do with the half-done run, nothing is thrown away.
        var again = WorkerProcess.Run(folder.Path, "train", "--activations", "acts", "--config", "long.json", "--run-dir", "run", "--out", "sae");
        Assert.Equal(1, again.ExitCode);
        Assert.Contains("--resume", again.Error, StringComparison.Ordinal);

        WorkerProcess.Json(folder.Path, "train", "--activations", "acts", "--config", "long.json", "--run-dir", "run", "--out", "sae", "--resume");
        Assert.True(File.Exists(Path.Combine(folder["sae"], "sae_weights.safetensors")));
        Assert.Equal(RunState.Done, RunFolder.ReadStatus(folder["run"])!.State);
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public void Asked_to_stop_it_keeps_its_state_and_says_how_to_continue(string signal)
    {
        Collect();
        File.WriteAllText(folder["long.json"], JsonSerializer.Serialize(new { latents = 1024, k = 16, batch = 512, steps = 100_000, scaleSamples = 2000, medianSamples = 1000, heldOut = 0.1 }));
        using var process = WorkerProcess.Start(folder.Path, "train", "--activations", "acts", "--config", "long.json", "--run-dir", "run", "--out", "sae");
        WaitFor(() => RunFolder.ReadStatus(folder["run"]) is { Step: > 0 });
        using (var kill = Process.Start("kill", ["-" + signal, process.Id.ToString(CultureInfo.InvariantCulture)])) kill.WaitForExit();
        var error = process.StandardError.ReadToEnd();
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(30)));
        Assert.Equal(1, process.ExitCode);
        Assert.Contains("--resume", error, StringComparison.Ordinal);
        Assert.Equal(RunState.Cancelled, RunFolder.ReadStatus(folder["run"])!.State);
        Assert.Single(Directory.GetDirectories(Path.Combine(folder["run"], "checkpoints")));
    }

    private void Collect() => WorkerProcess.Json(folder.Path, "collect", "--model", WorkerProcess.DemoModel, "--dataset", "data", "--layers", "4", "--out", "acts");

    private static void WaitFor(Func<bool> condition)
    {
        var until = DateTime.UtcNow.AddSeconds(60);
        while (!condition())
        {
            Assert.True(DateTime.UtcNow < until, "waited for a minute in vain");
            Thread.Sleep(20);
        }
    }
}
