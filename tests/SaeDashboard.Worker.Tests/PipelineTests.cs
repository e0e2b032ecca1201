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
    [Trait("Length", "Long")]
    public void A_run_that_asks_for_it_is_evaluated_before_its_features_are_indexed()
    {
        var run = Plan("run", new { split = "test", clips = 3 });
        WorkerProcess.Json(folder.Path, "run", "--run-dir", "run");

        var status = RunFolder.ReadStatus(run)!;
        Assert.Equal((RunState.Done, "Collect Train Evaluate Index"), (status.State, string.Join(' ', status.Stages!.Select(stage => stage.Name))));
        Assert.All(status.Stages!, stage => Assert.Equal(StageState.Done, stage.State));
        var figures = RunMetrics.Read(Path.Combine(run, "metrics.jsonl"))[^1];
        double Of(string name) => figures.GetProperty(name).GetDouble();
        Assert.Equal(120, Of("step"));
        Assert.InRange(Of("pcaRank"), 8, 17);
        Assert.InRange(Of("ceRecovered"), 0.2, 1);
        Assert.InRange(Of("klRecovered"), 0.2, 1);
        Assert.InRange(Of("pcaKlRecovered"), -1, 1);
        Assert.InRange(Of("testExplainedVariance"), 0.3, 1);
        Assert.InRange(Of("pcaExplainedVariance"), 0.3, 1);

        // As the verb keeps them, next to the SAE; and the verb measures the same.
        using var kept = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder["sae"], "evaluation", "test", "evaluation.json")));
        var recovery = kept.RootElement.GetProperty("parts").GetProperty("recovery").GetProperty("figures")[0];
        Assert.Equal(("none", 3), (recovery.GetProperty("condition").GetString(), recovery.GetProperty("clips").GetInt32()));
        var overall = recovery.GetProperty("overall");
        Assert.Equal(Of("ceRecovered"), overall.GetProperty("crossEntropyRecoveredOfMean").GetProperty("value").GetDouble());
        Assert.Equal(Of("pcaCeRecovered"), overall.GetProperty("pca").GetProperty("crossEntropyRecoveredOfMean").GetProperty("value").GetDouble());
        var verb = WorkerProcess.Json(folder.Path, "evaluate", "--sae", "sae", "--model", WorkerProcess.DemoModel, "--dataset", "data", "--split", "test", "--ce-clips", "3", "--score-columns", "0").GetProperty("recovery")[0].GetProperty("overall");
        Assert.Equal(Of("ceRecovered"), verb.GetProperty("crossEntropyRecoveredOfMean").GetProperty("value").GetDouble(), 1e-6);
        Assert.True(verb.TryGetProperty("pca", out _));
    }

    /// <summary>The SAE is trained by then: a resume measures it, without training it a second time.</summary>
    [Fact]
    [Trait("Length", "Long")]
    public void Killed_while_it_is_evaluated_a_run_resumes_with_the_SAE_it_has()
    {
        SmallDataset.Write(folder["more"], test: 60);
        var run = Plan("run", new { split = "test", clips = 60 }, data: "more");
        using (var process = WorkerProcess.Start(folder.Path, "run", "--run-dir", "run"))
        {
            WaitFor(() => RunFolder.ReadStatus(run) is { Stage: StageName.Evaluate, Step: > 0 });
            process.Kill();
            process.WaitForExit();
        }
        Assert.Equal((RunState.Interrupted, StageName.Evaluate), (RunFolder.ReadStatus(run)!.State, RunFolder.ReadStatus(run)!.Stage));
        var trained = RunMetrics.Read(Path.Combine(run, "metrics.jsonl")).Count(point => point.TryGetProperty("loss", out _));

        WorkerProcess.Json(folder.Path, "run", "--run-dir", "run", "--resume");
        Assert.Equal(RunState.Done, RunFolder.ReadStatus(run)!.State);
        var metrics = RunMetrics.Read(Path.Combine(run, "metrics.jsonl"));
        Assert.Equal(trained, metrics.Count(point => point.TryGetProperty("loss", out _)));
        Assert.InRange(metrics[^1].GetProperty("ceRecovered").GetDouble(), 0.2, 1);
        Assert.True(Directory.Exists(Path.Combine(folder["sae"], "index")));
    }

    [Fact]
    public void An_evaluation_of_clips_that_are_not_there_is_refused_before_anything_is_collected()
    {
        Plan("run", new { split = "nowhere", clips = 3 });
        var outcome = WorkerProcess.Run(folder.Path, "run", "--run-dir", "run");
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("nowhere", outcome.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["acts"]));
    }

    /// <summary>Writes the plan of a whole run of the small settings.</summary>
    private string Plan(string name, object evaluation, string data = "data")
    {
        Directory.CreateDirectory(folder[name]);
        File.WriteAllText(Path.Combine(folder[name], "config.json"), JsonSerializer.Serialize(new
        {
            modelPath = WorkerProcess.DemoModel, datasetPath = folder[data], layer = 4, activationsPath = folder["acts"], saePath = folder["sae"], evaluation,
            train = JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(folder["small.json"])),
        }));
        return folder[name];
    }

    [Fact]
    [Trait("Length", "Long")]
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
