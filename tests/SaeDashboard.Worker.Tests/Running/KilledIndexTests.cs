using System.Diagnostics;
using System.Text.Json;
using SaeDashboard.Core.Features;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;

namespace SaeDashboard.Worker.Tests.Running;

/// <summary>The verb <c>index</c> and the last stage of a run, killed: the old index or a complete new one is there, and a run resumes.</summary>
public sealed class KilledIndexTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly Random random = new(3);

    public KilledIndexTests() => SmallDataset.Write(folder["data"], train: 16, select: 6, test: 2, frames: 120);

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(2, Traits = ["Length", "Long"])]
    [InlineData(16, Traits = ["Length", "Long"])]
    public void The_verb_leaves_the_old_index_or_a_complete_new_one(int kills)
    {
        ShapeFiles.Copy(WorkerProcess.DemoSae, folder["sae"]);
        ShapeFiles.Copy(WorkerProcess.DemoSae, folder["second"]);
        ShapeFiles.Copy(Path.Combine(WorkerProcess.DemoSae, "index"), folder["sae/index"]);
        // An SAE is not a second seed of itself: the last bit of the last weight is another.
        var weights = File.ReadAllBytes(folder["second/sae_weights.safetensors"]);
        weights[^4] ^= 1;
        File.WriteAllBytes(folder["second/sae_weights.safetensors"], weights);
        var old = ReadIndex(folder["sae"]);
        string[] index = ["index", "--sae", "sae", "--model", WorkerProcess.DemoModel, "--dataset", "data", "--second-seed", "second"];
        for (var kill = 0; kill < kills; kill++)
        {
            using var process = WorkerProcess.Start(folder.Path, index);
            // While it writes, or at any time.
            if (kill % 2 == 0) WaitFor(() => Directory.EnumerateDirectories(folder["sae"], ".index.work-*").Any(), process);
            else Thread.Sleep(random.Next(9000));
            Thread.Sleep(random.Next(40));
            process.Kill();
            process.WaitForExit();
            var left = ReadIndex(folder["sae"]);
            Assert.True(left == old || left is { Dataset: "data", Second: "second" }, left.ToString());
        }
        WorkerProcess.Json(folder.Path, index);
        Assert.Equal(("data", "second"), (ReadIndex(folder["sae"]).Dataset, ReadIndex(folder["sae"]).Second));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder["sae"], ".*"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(12, Traits = ["Length", "Long"])]
    public void A_run_resumes_and_its_SAE_appears_with_its_whole_index(int kills)
    {
        Plan("run");
        string[] run = ["run", "--run-dir", "run"];
        for (var kill = 0; kill < kills && !Directory.Exists(folder["saes/run"]); kill++)
        {
            using var process = WorkerProcess.Start(folder.Path, run);
            if (kill % 2 == 0) WaitFor(() => Directory.Exists(folder["saes/run"]) || (Directory.Exists(folder["run/sae"]) && Directory.EnumerateDirectories(folder["run/sae"], ".index.work-*").Any()), process);
            else WaitFor(() => RunFolder.ReadStatus(folder["run"]) is { Stage: StageName.Index, State: RunState.Running }, process);
            Thread.Sleep(random.Next(kill % 2 == 0 ? 30 : 3000));
            process.Kill();
            process.WaitForExit();
            if (Directory.Exists(folder["saes/run"])) ReadIndex(folder["saes/run"]);
            run = ["run", "--run-dir", "run", "--resume"];
        }
        WorkerProcess.Json(folder.Path, run);
        Assert.Equal(RunState.Done, RunFolder.ReadStatus(folder["run"])!.State);
        Assert.Equal("data", ReadIndex(folder["saes/run"]).Dataset);
        Assert.False(Directory.Exists(folder["run/sae"]));

        // From one file system to another an SAE is copied. Killed before the original was removed, both are there.
        ShapeFiles.Copy(folder["saes/run"], folder["run/sae"]);
        ShapeFiles.Copy(folder["saes/run/index"], folder["run/sae/index"]);
        var status = JsonFile.Read<RunStatus>(folder["run/status.json"]);
        AtomicFile.WriteJson(folder["run/status.json"], status with { State = RunState.Running });
        WorkerProcess.Json(folder.Path, "run", "--run-dir", "run", "--resume");
        Assert.Equal(RunState.Done, RunFolder.ReadStatus(folder["run"])!.State);
        Assert.False(Directory.Exists(folder["run/sae"]));
    }

    /// <summary>What tells indexes apart, of one that is whole with its atlas.</summary>
    private static (string Dataset, string? Second, DateTimeOffset Created) ReadIndex(string sae)
    {
        var path = Path.Combine(sae, "index");
        using var index = FeatureIndex.Open(path);
        Assert.NotNull(FeatureAtlas.Open(path, index.Info));
        Assert.NotEmpty(index.Info.Examples);
        // Every strip can be read.
        for (var feature = 0; feature < index.Count; feature++)
        {
            for (var rank = 0; rank < index.TopClips(feature).Count; rank++) Assert.NotEmpty(index.Strip(feature, rank).Columns);
        }
        return (index.Info.Dataset, index.Measures!.Info.SecondSaeName, index.Info.CreatedUtc);
    }

    private void Plan(string name)
    {
        Directory.CreateDirectory(folder[name]);
        var train = new { latents = 512, k = 16, batch = 256, steps = 40, scaleSamples = 2000, medianSamples = 1000, checkpoints = 20, evaluations = 4, heldOut = 0.1 };
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

    private static void WaitFor(Func<bool> condition, Process process)
    {
        var until = DateTime.UtcNow.AddMinutes(2);
        while (!condition())
        {
            Assert.False(process.HasExited && !condition(), "the worker has ended");
            Assert.True(DateTime.UtcNow < until, "waited for two minutes in vain");
            Thread.Sleep(1);
        }
    }
}
