using System.Text.Json;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;

namespace SaeDashboard.Worker.Tests.Running;

/// <summary>A resume that is refused leaves the run's folder as it was; a folder that is removed ends its run and stays away.</summary>
public sealed class RefusedResumeTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public RefusedResumeTests() => SmallDataset.Write(folder["data"], train: 16, select: 6, test: 2, frames: 120);

    public void Dispose() => folder.Dispose();

    [Fact]
    [Trait("Length", "Long")]
    public void A_training_run()
    {
        WorkerProcess.Json(folder.Path, "collect", "--model", WorkerProcess.DemoModel, "--dataset", "data", "--layers", "4", "--out", "acts");
        Settings("first.json", k: 16);
        Settings("other.json", k: 8);
        string[] train = ["train", "--activations", "acts", "--run-dir", "run"];
        WorkerProcess.Json(folder.Path, [.. train, "--config", "first.json", "--out", "sae"]);
        Assert.Equal(RunState.Done, RunFolder.ReadStatus(folder["run"])!.State);
        var before = Contents("run");

        // Other settings; an SAE folder that exists; settings that cannot work.
        WorkerProcess.Fails(folder.Path, [.. train, "--config", "other.json", "--out", "again", "--resume"], "k");
        Assert.Equal(before, Contents("run"));
        WorkerProcess.Fails(folder.Path, [.. train, "--config", "first.json", "--out", "sae", "--resume"], "exists already");
        Assert.Equal(before, Contents("run"));
        WorkerProcess.Fails(folder.Path, [.. train, "--config", "other.json", "--out", "sae", "--restart"], "exists already");
        Assert.Equal(before, Contents("run"));
        Settings("wrong.json", k: 0);
        WorkerProcess.Fails(folder.Path, [.. train, "--config", "wrong.json", "--out", "again", "--resume"], "k");
        Assert.Equal(before, Contents("run"));

        // What is not refused still works: the SAE once more, under another name.
        WorkerProcess.Json(folder.Path, [.. train, "--config", "first.json", "--out", "again", "--resume"]);
        Assert.Equal(Hashing.Sha256File(folder["sae/sae_weights.safetensors"]), Hashing.Sha256File(folder["again/sae_weights.safetensors"]));
        Assert.Equal(RunState.Done, RunFolder.ReadStatus(folder["run"])!.State);

        // Several side by side, each in a folder of its own.
        Directory.CreateDirectory(folder["many"]);
        string[] several = ["train", "--activations", "acts", "--run-dir", "many"];
        WorkerProcess.Json(folder.Path, [.. several, "--grid", Grid(8), "--out", "saes"]);
        before = Contents("many");
        var refused = WorkerProcess.Run(folder.Path, [.. several, "--grid", Grid(12), "--out", "others", "--resume"]);
        Assert.Equal(1, refused.ExitCode);
        Assert.Equal(before, Contents("many"));
    }

    [Fact]
    public void A_whole_run()
    {
        Plan("run", steps: 60);
        WorkerProcess.Json(folder.Path, "run", "--run-dir", "run");
        var before = Contents("run");
        WorkerProcess.Json(folder.Path, "run", "--run-dir", "run", "--resume");
        Assert.Equal(before, Contents("run"));
        WorkerProcess.Fails(folder.Path, ["run", "--run-dir", "run"], "begun already");
        Assert.Equal(before, Contents("run"));

        // The SAE was moved away, and the data too: the run stays done.
        Directory.Move(folder["saes/run"], folder["kept"]);
        Directory.Move(folder["data"], folder["elsewhere"]);
        Assert.Equal(1, WorkerProcess.Run(folder.Path, "run", "--run-dir", "run", "--resume").ExitCode);
        Assert.Equal(before, Contents("run"));
    }

    [Fact]
    public void A_damaged_status_does_not_keep_a_run_from_resuming()
    {
        Plan("run", steps: 60);
        WorkerProcess.Json(folder.Path, "run", "--run-dir", "run");
        File.WriteAllText(folder["run/status.json"], "{\"stage\":");
        WorkerProcess.Fails(folder.Path, ["run", "--run-dir", "run"], "status.json");
        WorkerProcess.Json(folder.Path, "run", "--run-dir", "run", "--resume");
        Assert.Equal(RunState.Done, RunFolder.ReadStatus(folder["run"])!.State);
    }

    [Fact]
    public async Task A_run_whose_folder_is_removed_ends_and_brings_nothing_back()
    {
        Plan("run", steps: 1_000_000);
        using var process = WorkerProcess.Start(folder.Path, "run", "--run-dir", "run");
        Assert.True(SpinWait.SpinUntil(() => RunFolder.ReadStatus(folder["run"]) is { Stage: StageName.Train, Step: > 0 } || process.HasExited, TimeSpan.FromMinutes(2)));
        Assert.False(process.HasExited);
        Directory.Move(folder["run"], folder["moved"]);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(60)));
        Assert.Equal(1, process.ExitCode);
        var said = await error;
        Assert.True(said.Contains("was removed or moved", StringComparison.Ordinal), said);
        Assert.False(Directory.Exists(folder["run"]));
    }

    /// <summary>Every file of a run and its bytes.</summary>
    private SortedDictionary<string, string> Contents(string name) => new(
        Directory.EnumerateFiles(folder[name], "*", SearchOption.AllDirectories).ToDictionary(path => path, Hashing.Sha256File), StringComparer.Ordinal);

    private void Settings(string name, int k) =>
        File.WriteAllText(folder[name], JsonSerializer.Serialize(new { latents = 256, k, batch = 256, steps = 60, scaleSamples = 2000, medianSamples = 1000, checkpoints = 4, heldOut = 0.1 }));

    private string Grid(int k)
    {
        var name = $"grid-{k}.json";
        File.WriteAllText(folder[name], $$"""{ "train": { "latents": 256, "k": {{k}}, "batch": 256, "steps": 40, "scaleSamples": 2000, "medianSamples": 1000, "checkpoints": 4, "heldOut": 0.1 }, "vary": { "seed": [1, 2] } }""");
        return name;
    }

    private void Plan(string name, int steps)
    {
        Directory.CreateDirectory(folder[name]);
        var train = new { latents = 512, k = 16, batch = 256, steps, scaleSamples = 2000, medianSamples = 1000, checkpoints = 20, evaluations = 4, heldOut = 0.1 };
        AtomicFile.WriteJson(Path.Combine(folder[name], "config.json"), new RunPlan
        {
            ModelPath = WorkerProcess.DemoModel,
            DatasetPath = folder["data"],
            Layer = 4,
            ActivationsPath = folder["acts"],
            SaePath = folder["saes/" + name],
            Train = TrainSettings.Of(JsonSerializer.SerializeToElement(train)),
        });
    }
}
