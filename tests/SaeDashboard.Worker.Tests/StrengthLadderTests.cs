using SaeDashboard.Core.Features;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;
using SaeDashboard.Core.Steering;
using SaeDashboard.Sae.Steering.Ladders;

namespace SaeDashboard.Worker.Tests;

/// <summary><c>strength-ladder</c> on the demo model: killed and resumed it gives the same bytes, and the ladder is what its clips say.</summary>
public sealed class StrengthLadderTests : IDisposable
{
    private static readonly string[] Short = ["--seeds", "3", "--seconds", "0.5", "--reference-clips", "3"];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_run_that_was_cut_off_in_the_middle_of_a_line_ends_with_the_same_bytes()
    {
        // Another number of clips at once than the resumed run.
        WorkerProcess.Json(folder.Path, [.. Arguments("whole", "out"), "--strength", "2", "--rows", "16"]);
        var plan = JsonFile.Read<LadderPlan>(folder["whole/ladder-plan.json"]);
        var lines = JsonLines.Read<LadderLine>(folder["whole/ladder-clips.jsonl"], tolerateTornEnd: false).ToArray();
        Assert.Equal(9, lines.Length);
        Assert.Equal((25, 3, 1404), (plan.Frames, plan.Reference.Clips, plan.Kept));
        Assert.Contains(1337, plan.Features[0].Near);
        Assert.All(lines, line => Assert.Equal(line.Features.Order(), line.Features));
        Assert.All(lines.Where(line => line.Key.Feature < 0), line => Assert.Equal(plan.Descriptors.Count, line.Coding.Count));
        Assert.Equal(RunState.Done, RunFolder.ReadStatus(folder["whole"])!.State);

        // The ladder again from the lines, without a model.
        var analysis = new LadderAnalysis(plan);
        foreach (var line in lines.Reverse()) analysis.Add(line);
        using var index = FeatureIndex.Open(Path.Combine(WorkerProcess.DemoSae, "index"));
        var written = StrengthLadders.Open(folder["out"], index.Info)!;
        Assert.Equivalent(analysis.Ladder(plan.Features[0]), written.Of(1337), strict: true);
        Assert.Null(written.StaleOf(written.Of(1337)!, index.P99[1337]));

        // As a kill leaves it.
        var bytes = File.ReadAllBytes(folder[$"out/{StrengthLadders.FileName}"]);
        File.Delete(folder[$"out/{StrengthLadders.FileName}"]);
        var all = File.ReadAllBytes(folder["whole/ladder-clips.jsonl"]);
        File.WriteAllBytes(folder["whole/ladder-clips.jsonl"], all[..(all.Length / 2)]);
        WorkerProcess.Json(folder.Path, [.. Arguments("whole", "out"), "--strength", "2", "--resume", "--rows", "5"]);
        Assert.Equal(bytes, File.ReadAllBytes(folder[$"out/{StrengthLadders.FileName}"]));
    }

    [Fact, Trait("Length", "Long")]
    public void Killed_at_any_moment_or_as_a_run_of_the_site_it_ends_with_the_same_bytes_and_refuses_other_settings()
    {
        WorkerProcess.Json(folder.Path, Arguments("whole", "out"));
        var bytes = File.ReadAllBytes(folder[$"out/{StrengthLadders.FileName}"]);
        var random = new Random(7);
        for (var kill = 0; kill < 4; kill++)
        {
            using var process = WorkerProcess.Start(folder.Path, [.. Arguments("killed", "again"), "--resume", "--rows", "16"]);
            process.WaitForExit(TimeSpan.FromSeconds(2 + 4 * random.NextDouble()));
            process.Kill();
            process.WaitForExit();
        }
        RunFolder.RequestCancel(folder["killed"]);
        if (RunFolder.ReadStatus(folder["killed"]) is not { State: RunState.Done })
        {
            WorkerProcess.Fails(folder.Path, [.. Arguments("killed", "again"), "--resume"], "--resume");
            WorkerProcess.Json(folder.Path, [.. Arguments("killed", "again"), "--resume"]);
        }
        Assert.Equal(bytes, File.ReadAllBytes(folder[$"again/{StrengthLadders.FileName}"]));
        WorkerProcess.Fails(folder.Path, [.. Arguments("killed", "again"), "--resume", "--guidance", "4"], "other settings");
        WorkerProcess.Fails(folder.Path, Arguments("whole", "out"), "begun already", "--resume");

        // As the site starts it.
        var plan = new RunPlan
        {
            Kind = RunKind.Ladder, ModelPath = WorkerProcess.DemoModel, DatasetPath = WorkerProcess.DemoDataset, Layer = 0, ActivationsPath = "", SaePath = WorkerProcess.DemoSae,
            Ladder = new RunLadder([1337], folder["site"], 3, 0.5, 3),
        };
        Directory.CreateDirectory(folder["job"]);
        AtomicFile.WriteJson(folder["job/config.json"], plan);
        WorkerProcess.Json(folder.Path, "run", "--run-dir", "job");
        Assert.Equal(bytes, File.ReadAllBytes(folder[$"site/{StrengthLadders.FileName}"]));
        Assert.Equal((RunState.Done, StageName.Index), (RunFolder.ReadStatus(folder["job"])!.State, RunFolder.ReadStatus(folder["job"])!.Stage));
        Assert.Contains("Feature 1337: up", File.ReadAllText(folder["job/log.txt"]), StringComparison.Ordinal);
        WorkerProcess.Fails(folder.Path, [.. Arguments("none", "out"), "--feature", "99999"], "no feature 99999");
    }

    private static string[] Arguments(string run, string into) =>
        ["strength-ladder", "--sae", WorkerProcess.DemoSae, "--model", WorkerProcess.DemoModel, "--dataset", WorkerProcess.DemoDataset, "--feature", "1337", "--run-dir", run, "--into", into, .. Short];
}
