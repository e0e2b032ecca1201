using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using SaeDashboard.Core.Features;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;

namespace SaeDashboard.Worker.Tests.Running;

/// <summary>collect → train → index as one run: what a page sees of it, and what a stop in any stage leaves.</summary>
public sealed class RunVerbTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public RunVerbTests() => SmallDataset.Write(folder["data"], train: 16, select: 6, test: 2, frames: 120);

    public void Dispose() => folder.Dispose();

    private string RunPath => folder["run"];

    [Fact]
    public void A_whole_run_ends_with_an_indexed_SAE_and_a_second_one_reuses_its_activations()
    {
        Plan("run", steps: 120, clips: 12, detection: true);
        var before = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        WorkerProcess.Json(folder.Path, "run", "--run-dir", "run");
        var status = RunFolder.ReadStatus(RunPath)!;
        Assert.Equal((RunState.Done, StageName.Index), (status.State, status.Stage));
        Assert.Equal(["Collect Done", "Train Done", "Index Done"], status.Stages!.Select(stage => $"{stage.Name} {stage.State}"));
        using (var index = FeatureIndex.Open(Path.Combine(folder["saes/run"], "index")))
        {
            Assert.Equal(512, index.Info.Features);
            // Within the last stage: names are tested on clips that nothing here has trained on, and made from those that were collected.
            var chosen = DetectionClips.Open(index.Folder, index.Info)!.Info;
            Assert.Equal((18, 2, "test"), (chosen.LabelClips, chosen.TestClips, chosen.TestedOn));
            Assert.Equal((12 + 6 + 12 + 6 + 2L, status.Total), (status.Total, status.Step));
        }

        var points = RunMetrics.Read(Path.Combine(RunPath, "metrics.jsonl"));
        Assert.True(points.Count(point => point.TryGetProperty("loss", out _)) >= 20, "a small run has a curve too");
        Assert.All(points, point => Assert.InRange(point.GetProperty("time").GetInt64(), before, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()));
        Assert.True(RunMetrics.Read(Path.Combine(RunPath, "histograms.jsonl")).Count >= 5);

        Plan("second", steps: 20, clips: 12);
        WorkerProcess.Json(folder.Path, "run", "--run-dir", "second");
        Assert.Equal(StageState.Reused, RunFolder.ReadStatus(folder["second"])!.Stages![0].State);
        Assert.Contains("Reuses", File.ReadAllText(folder["second/log.txt"]), StringComparison.Ordinal);

        // Other clips are other activations: nothing is overwritten, and the message names the folder.
        Plan("third", steps: 20, clips: 8);
        var refused = WorkerProcess.Run(folder.Path, "run", "--run-dir", "third");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains(folder["acts"], refused.Error, StringComparison.Ordinal);
        Assert.Equal(RunState.Failed, RunFolder.ReadStatus(folder["third"])!.State);
        Assert.Contains("other clips", RunFolder.ReadStatus(folder["third"])!.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_whose_device_is_missing_fails_before_work_begins_and_continues_on_the_device_that_is_given()
    {
        // No machine has a hundred GPUs.
        Plan("run", steps: 20, clips: 8, device: "cuda:99");
        var refused = WorkerProcess.Run(folder.Path, "run", "--run-dir", "run");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("config.json", refused.Error, StringComparison.Ordinal);
        Assert.Contains("cuda:99", refused.Error, StringComparison.Ordinal);
        Assert.Contains("--device cpu", refused.Error, StringComparison.Ordinal);
        var status = RunFolder.ReadStatus(RunPath)!;
        Assert.Equal((RunState.Failed, "cuda:99"), (status.State, status.Device));
        Assert.Contains("cuda:99", status.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["acts"]));

        var other = WorkerProcess.Run(folder.Path, "run", "--run-dir", "run", "--resume", "--device", "cpu", "--dtype", "bfloat16");
        Assert.Equal(1, other.ExitCode);
        Assert.Contains("began with dtype float32", other.Error, StringComparison.Ordinal);
        WorkerProcess.Json(folder.Path, "run", "--run-dir", "run", "--resume", "--device", "cpu");
        Assert.Equal((RunState.Done, "cpu"), (RunFolder.ReadStatus(RunPath)!.State, RunFolder.ReadStatus(RunPath)!.Device));
        // A resume without the option uses what is kept.
        Assert.Equal("cpu", JsonFile.Read<RunPlan>(folder["run/config.json"]).Device);
    }

    [Fact]
    [Trait("Length", "Long")]
    public void What_the_command_line_says_is_kept_and_activations_of_another_type_are_not_taken_for_these()
    {
        Plan("run", steps: 20, clips: 8);
        WorkerProcess.Json(folder.Path, "run", "--run-dir", "run", "--device", "auto", "--dtype", "bfloat16");
        var plan = JsonFile.Read<RunPlan>(folder["run/config.json"]);
        Assert.Equal("bfloat16", plan.ComputeType);
        Assert.Contains(plan.Device, new[] { "cpu", "cuda:0" });
        Assert.Equal("bfloat16", JsonFile.Read<JsonElement>(folder["acts/manifest.json"]).GetProperty("source").GetProperty("computeType").GetString());

        Plan("second", steps: 20, clips: 8);
        var refused = WorkerProcess.Run(folder.Path, "run", "--run-dir", "second");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("a model in bfloat16 instead of float32", refused.Error, StringComparison.Ordinal);
        var index = WorkerProcess.Run(folder.Path, "index", "--sae", "saes/run", "--model", WorkerProcess.DemoModel, "--dataset", "data", "--activations", "acts");
        Assert.Equal(1, index.ExitCode);
        Assert.Contains("a model in bfloat16 (--dtype is float32 here)", index.Error, StringComparison.Ordinal);

        Plan("half", steps: 20, clips: 8);
        var half = WorkerProcess.Run(folder.Path, "run", "--run-dir", "half", "--dtype", "float16", "--device", "cpu");
        Assert.Equal(1, half.ExitCode);
        Assert.Contains("float16 is for GPUs", half.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("topK", 400, Traits = ["Length", "Long"])]
    [InlineData("batchTopK", 120)]
    public void Killed_while_it_trains_it_resumes_and_makes_the_same_weights(string architecture, int length)
    {
        Plan("straight", length, architecture: architecture);
        WorkerProcess.Json(folder.Path, "run", "--run-dir", "straight");
        Plan("run", length, architecture: architecture);
        using (var process = WorkerProcess.Start(folder.Path, "run", "--run-dir", "run"))
        {
            WaitFor(() => RunFolder.ReadStatus(RunPath) is { Stage: StageName.Train, Step: > 0 } && Checkpoints() > 0, process);
            var running = RunFolder.ReadStatus(RunPath)!;
            // The stage's own is not known in its first moments; the whole run's always is.
            Assert.True(running.TotalEtaSeconds >= (running.EtaSeconds ?? 0), "one time to the end of all stages");
            process.Kill();
            process.WaitForExit();
        }
        Assert.Equal(RunState.Interrupted, RunFolder.ReadStatus(RunPath)!.State);
        Assert.False(Directory.Exists(folder["saes/run"]));

        var again = WorkerProcess.Run(folder.Path, "run", "--run-dir", "run");
        Assert.Equal(1, again.ExitCode);
        Assert.Contains("--resume", again.Error, StringComparison.Ordinal);
        WorkerProcess.Json(folder.Path, "run", "--run-dir", "run", "--resume");
        Assert.Equal(RunState.Done, RunFolder.ReadStatus(RunPath)!.State);
        Assert.Equal(Hashing.Sha256File(folder["saes/straight/sae_weights.safetensors"]), Hashing.Sha256File(folder["saes/run/sae_weights.safetensors"]));
        var steps = RunMetrics.Read(Path.Combine(RunPath, "metrics.jsonl")).Where(point => point.TryGetProperty("loss", out _)).Select(point => point.GetProperty("step").GetInt64()).ToArray();
        Assert.Equal(steps.Distinct(), steps);
        Assert.Equal(length, steps[^1]);
    }

    [Fact]
    public void Cancelled_in_the_first_stage_it_stops_at_once_and_leaves_nothing_half_done()
    {
        Plan("run", steps: 100_000);
        using var process = WorkerProcess.Start(folder.Path, "run", "--run-dir", "run");
        WaitFor(() => RunFolder.ReadStatus(RunPath) is not null, process);
        RunFolder.RequestCancel(RunPath);
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(30)));
        Assert.Equal(1, process.ExitCode);
        Assert.Equal(RunState.Cancelled, RunFolder.ReadStatus(RunPath)!.State);
        Assert.False(Directory.Exists(folder["saes/run"]));
    }

    [Fact]
    public void Cancelled_while_it_trains_it_keeps_its_state_and_its_heart_beats_until_then()
    {
        Plan("run", steps: 100_000);
        using var process = WorkerProcess.Start(folder.Path, "run", "--run-dir", "run");
        WaitFor(() => RunFolder.ReadStatus(RunPath) is { Stage: StageName.Train, Step: > 0 }, process);
        var heartbeat = RunFolder.ReadStatus(RunPath)!.Heartbeat;
        WaitFor(() => RunFolder.ReadStatus(RunPath)!.Heartbeat > heartbeat, process);
        using (var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)])) kill.WaitForExit();
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(30)));
        Assert.Equal(RunState.Cancelled, RunFolder.ReadStatus(RunPath)!.State);
        Assert.True(Checkpoints() > 0);
    }

    [Fact]
    [Trait("Length", "Long")]
    public void Paused_in_any_stage_it_resumes_each_time_and_can_be_forked()
    {
        // A pause is looked for five times a second: every stage has to last longer than that, by far.
        SmallDataset.Write(folder["data"], train: 96, select: 120, test: 2, frames: 120);
        Plan("straight", steps: 2500);
        WorkerProcess.Json(folder.Path, "run", "--run-dir", "straight");
        Directory.Delete(folder["acts"], recursive: true);

        Plan("run", steps: 2500);
        Pause("run", () => RunFolder.ReadStatus(RunPath) is { Stage: StageName.Collect });
        Assert.Equal(StageName.Collect, RunFolder.ReadStatus(RunPath)!.Stage);
        Assert.Equal(0, Checkpoints());
        Pause("run", () => RunFolder.ReadStatus(RunPath) is { Stage: StageName.Train, Step: > 0, State: RunState.Running }, "--resume");
        var paused = RunFolder.ReadStatus(RunPath)!;
        Assert.Equal(StageName.Train, paused.Stage);
        Assert.Equal(paused.Step, RunCheckpoints.List(RunPath)[^1].Step);
        Pause("run", () => RunFolder.ReadStatus(RunPath) is { Stage: StageName.Index }, "--resume");
        Assert.Equal(StageName.Index, RunFolder.ReadStatus(RunPath)!.Stage);
        Assert.False(Directory.Exists(folder["saes/run"]));
        WorkerProcess.Json(folder.Path, "run", "--run-dir", "run", "--resume");
        Assert.Equal(RunState.Done, RunFolder.ReadStatus(RunPath)!.State);
        Assert.Equal(Hashing.Sha256File(folder["saes/straight/sae_weights.safetensors"]), Hashing.Sha256File(folder["saes/run/sae_weights.safetensors"]));

        // A new run from the paused one's last state: what its plan leaves out is that run's.
        Directory.CreateDirectory(folder["fork"]);
        var plan = JsonFile.Read<RunPlan>(folder["run/config.json"]);
        AtomicFile.WriteJson(folder["fork/config.json"], plan with { SaePath = folder["saes/fork"], Fork = new RunFork(RunPath), Train = TrainSettings.Of(JsonSerializer.SerializeToElement(new { steps = 2600, k = 8 })) });
        WorkerProcess.Json(folder.Path, "run", "--run-dir", "fork");
        var description = JsonDocument.Parse(File.ReadAllText(folder["saes/fork/cfg.json"])).RootElement.GetProperty("metadata").GetProperty("training");
        Assert.Equal((512, 8, 2500), (description.GetProperty("latents").GetInt32(), description.GetProperty("k").GetInt32(), description.GetProperty("forkedFrom").GetProperty("step").GetInt32()));

        var listed = WorkerProcess.Json(folder.Path, "checkpoints", "--run-dir", "fork", "--pin", "2600");
        Assert.Contains(listed.GetProperty("checkpoints").EnumerateArray(), one => one.GetProperty("step").GetInt32() == 2600 && one.GetProperty("pinned").GetBoolean());

        // The command line's own way to the same.
        File.WriteAllText(folder["changes.json"], """{ "steps": 2550, "learningRate": 1e-5 }""");
        var trained = WorkerProcess.Json(folder.Path, "train", "--activations", "acts", "--run-dir", "forked", "--fork", "run:2500", "--config", "changes.json");
        Assert.Equal(2500, trained.GetProperty("result").GetProperty("resumedFrom").GetInt32());
        Assert.Equal(2500, JsonFile.Read<JsonElement>(folder["forked/config.json"]).GetProperty("forkedFrom").GetProperty("step").GetInt32());
        File.WriteAllText(folder["wrong.json"], """{ "steps": 10, "latents": 256, "seeds": 3 }""");
        var refused = WorkerProcess.Run(folder.Path, "train", "--activations", "acts", "--run-dir", "wrong", "--fork", "run", "--config", "wrong.json");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("did you mean \"seed\"", refused.Error, StringComparison.Ordinal);
    }

    /// <summary>Runs until a condition holds, pauses, and sees the worker end as it does when it is cancelled.</summary>
    private void Pause(string name, Func<bool> when, params string[] more)
    {
        using var process = WorkerProcess.Start(folder.Path, ["run", "--run-dir", name, .. more]);
        WaitFor(when, process);
        RunFolder.RequestPause(folder[name]);
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(30)));
        Assert.Equal(1, process.ExitCode);
        Assert.Equal(RunState.Paused, RunFolder.ReadStatus(folder[name])!.State);
    }

    private int Checkpoints() => Directory.Exists(folder["run/checkpoints"]) ? Directory.GetDirectories(folder["run/checkpoints"]).Count(path => !Path.GetFileName(path).StartsWith('.')) : 0;

    private void Plan(string name, int steps, int? clips = null, string architecture = "topK", string device = "cpu", bool detection = false)
    {
        Directory.CreateDirectory(folder[name]);
        var train = new { architecture, threads = architecture == "topK" ? 0 : 1, latents = 512, k = 16, batch = 256, steps, scaleSamples = 2000, medianSamples = 1000, checkpoints = 20, evaluations = 4, heldOut = 0.1 };
        AtomicFile.WriteJson(Path.Combine(folder[name], "config.json"), new RunPlan
        {
            ModelPath = WorkerProcess.DemoModel,
            DatasetPath = folder["data"],
            Layer = 4,
            Clips = clips,
            Device = device,
            Detection = detection,
            // The 16-bit types are kept and read too.
            Store = architecture == "batchTopK" ? "bfloat16" : "float32",
            ActivationsPath = folder["acts"],
            SaePath = folder["saes/" + name],
            Train = TrainSettings.Of(JsonSerializer.SerializeToElement(train)),
        });
    }

    private static void WaitFor(Func<bool> condition, Process process)
    {
        var until = DateTime.UtcNow.AddSeconds(60);
        while (!condition())
        {
            Assert.False(process.HasExited && !condition(), "the worker has ended");
            Assert.True(DateTime.UtcNow < until, "waited for a minute in vain");
            Thread.Sleep(20);
        }
    }
}
