using SaeDashboard.Core.Data;
using SaeDashboard.Core.Features;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;

namespace SaeDashboard.Worker.Tests;

/// <summary>The verb detection on a few clips of the demo: which clips it takes from where.</summary>
public sealed class DetectionVerbTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(8, "test", 24)]
    // Without a test split half of select is not shown to labels.
    [InlineData(0, "half of select", 18, Traits = ["Length", "Long"])]
    public void Labels_are_tested_on_clips_that_they_are_not_made_from(int test, string testedOn, int labelClips)
    {
        SmallDataset.Write(folder["data"], train: 12, select: 12, test: test, frames: 120);
        ShapeFiles.Copy(WorkerProcess.DemoSae, folder["sae"]);
        WorkerProcess.Json(folder.Path, "index", "--sae", "sae", "--model", WorkerProcess.DemoModel, "--dataset", "data");
        var said = WorkerProcess.Json(folder.Path, "detection", "--sae", "sae", "--model", WorkerProcess.DemoModel, "--dataset", "data");
        Assert.Equal(testedOn, said.GetProperty("testedOn").GetString());
        using var index = FeatureIndex.Open(folder["sae/index"]);
        using var dataset = ClipDataset.Open(folder["data"]);
        var clips = DetectionClips.Open(folder["sae/index"], index.Info)!;
        Assert.Equal((testedOn, labelClips, test == 0 ? 6 : 8), (clips.Info.TestedOn, clips.Info.LabelClips, clips.Info.TestClips));
        var (tested, labelled) = (new HashSet<int>(), new HashSet<int>());
        for (var feature = 0; feature < index.Count; feature++)
        {
            tested.UnionWith(clips.TestRows(feature));
            labelled.UnionWith(clips.LabelFiring(feature));
            labelled.UnionWith(clips.LabelNearMisses(feature));
        }
        Assert.NotEmpty(tested);
        Assert.False(tested.Overlaps(labelled));
        Assert.All(tested, row => Assert.Equal(test == 0 ? "select" : "test", dataset.Clips[row].Split));

        // Once is enough for the rest: each of these starts takes seconds.
        if (test == 0) return;

        // As a job: the same clips, with a state that the site reads.
        var bytes = File.ReadAllBytes(folder["sae/index/detection.safetensors"]);
        File.Delete(folder["sae/index/detection.safetensors"]);
        var plan = new RunPlan { Kind = RunKind.Detection, ModelPath = WorkerProcess.DemoModel, DatasetPath = folder["data"], Layer = 0, ActivationsPath = "", SaePath = folder["sae"] };
        Directory.CreateDirectory(folder["job"]);
        AtomicFile.WriteJson(folder["job/config.json"], plan);
        WorkerProcess.Fails(folder.Path, ["detection", "--run-dir", "job", "--sae", "sae"], "--run-dir alone");
        WorkerProcess.Json(folder.Path, "detection", "--run-dir", "job");
        Assert.Equal(bytes, File.ReadAllBytes(folder["sae/index/detection.safetensors"]));
        var status = RunFolder.ReadStatus(folder["job"])!;
        Assert.Equal((RunState.Done, StageName.Index), (status.State, status.Stage));
        Assert.Contains($"tested on {clips.Info.TestClips} ({testedOn})", File.ReadAllText(folder["job/log.txt"]), StringComparison.Ordinal);

        // An index that is made again of the same keeps them.
        Directory.CreateDirectory(folder["again"]);
        AtomicFile.WriteJson(folder["again/config.json"], plan with { Kind = RunKind.Index, Detection = true });
        WorkerProcess.Fails(folder.Path, ["detection", "--run-dir", "again"], "the verb run does that");
        WorkerProcess.Json(folder.Path, "run", "--run-dir", "again");
        Assert.Contains("Kept the clips that names are tested on", File.ReadAllText(folder["again/log.txt"]), StringComparison.Ordinal);
        Assert.Equal(bytes, File.ReadAllBytes(folder["sae/index/detection.safetensors"]));

        SmallDataset.Write(folder["other"], train: 3, select: 2, test: 2, frames: 120);
        WorkerProcess.Fails(folder.Path, ["detection", "--sae", "sae", "--model", WorkerProcess.DemoModel, "--dataset", "other"], "another dataset", "other");
    }
}
