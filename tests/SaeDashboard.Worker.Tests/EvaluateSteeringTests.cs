using System.Text.Json;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;
using SaeDashboard.Core.Steering;
using SaeDashboard.Sae.Steering.Trials;

namespace SaeDashboard.Worker.Tests;

/// <summary><c>evaluate-steering</c> on the demo model: killed and resumed it gives the same bytes, and the table is what its clips say.</summary>
public sealed class EvaluateSteeringTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public EvaluateSteeringTests()
    {
        SmallDataset.Write(folder["data"], train: 16, select: 12, test: 6, frames: 160);
        using var small = ClipDataset.Open(folder["data"]);
        var ids = small.Clips.Select(clip => clip.Id).ToHashSet();
        File.WriteAllLines(folder["data/annotations.jsonl"], File.ReadLines(Path.Combine(WorkerProcess.DemoDataset, "annotations.jsonl")).Where(line => ids.Contains(JsonDocument.Parse(line).RootElement.GetProperty("id").GetString()!)));
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_run_that_was_cut_off_in_the_middle_of_a_line_ends_with_the_same_bytes()
    {
        var result = WorkerProcess.Json(folder.Path, [.. Arguments("whole"), "--rows", "16"]).GetProperty("table");
        var plan = JsonFile.Read<TrialPlan>(folder["whole/plan.json"]);
        var lines = JsonLines.Read<TrialLine>(folder["whole/trials.jsonl"], tolerateTornEnd: false).ToArray();
        Assert.Equal(TrialKeys.Count(plan), lines.Length);
        Assert.Equal(2, plan.Features.Count(feature => feature.Groups.Contains(SteeringGroupName.Sample)));
        Assert.All(plan.Features.Where(feature => feature.Target is not null), feature => Assert.InRange(Math.Abs(feature.Target!.Target.Correlation), 0.05, 1));
        // The clips that steer nothing differ by seed; the reconstruction is another clip than the baseline.
        var unsteered = lines.Where(line => line.Key.Feature < 0).ToArray();
        Assert.Equal(8, unsteered.Length);
        Assert.Equal(8, unsteered.Select(line => JsonSerializer.Serialize(line.Values)).Distinct().Count());
        Assert.Equal(plan.Judges.Count, lines[0].Values.Count);
        Assert.Equal(RunState.Done, RunFolder.ReadStatus(folder["whole"])!.State);
        Assert.Equal(plan.Source.SaeHash, result.GetProperty("source").GetProperty("saeHash").GetString());

        // The table again from the lines, without a model.
        var analysis = new TrialAnalysis(plan);
        foreach (var line in lines) analysis.Add(line);
        AtomicFile.WriteJson(folder["again.json"], analysis.Table());
        var bytes = File.ReadAllBytes(folder["whole/steering.json"]);
        Assert.Equal(bytes, File.ReadAllBytes(folder["again.json"]));
        Assert.Equal(plan.Features.Count, SteeringTableFile.Read(folder["whole/steering.json"]).Features.Count);

        // As a kill leaves it: no table, the last line cut, another number of clips at once.
        File.Delete(folder["whole/steering.json"]);
        var all = File.ReadAllBytes(folder["whole/trials.jsonl"]);
        File.WriteAllBytes(folder["whole/trials.jsonl"], all[..(all.Length / 2)]);
        WorkerProcess.Json(folder.Path, [.. Arguments("whole"), "--resume", "--rows", "21", "--keep"]);
        Assert.Equal(bytes, File.ReadAllBytes(folder["whole/steering.json"]));
        Assert.Equal(bytes, File.ReadAllBytes(SteeringTableFile.PathIn(folder["sae"])));
    }

    [Fact, Trait("Length", "Long")]
    public void Killed_at_any_moment_it_ends_with_the_same_bytes_and_refuses_other_settings()
    {
        WorkerProcess.Json(folder.Path, Arguments("whole"));
        var random = new Random(7);
        for (var kill = 0; kill < 5; kill++)
        {
            using var process = WorkerProcess.Start(folder.Path, [.. Arguments("killed"), "--resume", "--rows", "16"]);
            process.WaitForExit(TimeSpan.FromSeconds(2 + 5 * random.NextDouble()));
            process.Kill();
            process.WaitForExit();
        }
        RunFolder.RequestCancel(folder["killed"]);
        WorkerProcess.Fails(folder.Path, [.. Arguments("killed"), "--resume"], "--resume");
        Assert.Equal(RunState.Cancelled, RunFolder.ReadStatus(folder["killed"])!.State);
        WorkerProcess.Json(folder.Path, [.. Arguments("killed"), "--resume"]);
        Assert.Equal(File.ReadAllBytes(folder["whole/steering.json"]), File.ReadAllBytes(folder["killed/steering.json"]));
        WorkerProcess.Fails(folder.Path, [.. Arguments("killed"), "--resume", "--seed", "5"], "other settings");
        WorkerProcess.Fails(folder.Path, Arguments("whole"), "begun already", "--resume");
    }

    [Fact, Trait("Length", "Long")]
    public void CLAP_judges_too_where_its_folder_is_given()
    {
        string[] arguments = [.. Arguments("clap"), "--clap", Path.Combine(WorkerProcess.Root, "tests", "SaeDashboard.Clap.Tests", "Golden", "clap")];
        // The top clips of the index are of the dataset that it was made from.
        WorkerProcess.Fails(folder.Path, arguments, "another dataset");
        arguments[Array.IndexOf(arguments, "data")] = WorkerProcess.DemoDataset;
        arguments[Array.IndexOf(arguments, "clap")] = "whole";
        var table = WorkerProcess.Json(folder.Path, [.. arguments, "--tagger-clips", "24", "--held-out-clips", "12", "--select-clips", "40"]).GetProperty("table");
        Assert.Equal(64, table.GetProperty("source").GetProperty("clapHash").GetString()!.Length);
        var judged = table.GetProperty("features").EnumerateArray().Where(feature => feature.GetProperty("overRandom").ValueKind == JsonValueKind.Object).ToArray();
        Assert.All(judged, feature => Assert.InRange(feature.GetProperty("clap").GetProperty("mean").GetDouble(), -2, 2));
        var lines = JsonLines.Read<TrialLine>(folder["whole/trials.jsonl"], tolerateTornEnd: false).ToArray();
        Assert.All(lines, line => Assert.Equal(line.Key.Feature < 0 ? 2 : 1, line.Clap.Count));
        Assert.All(lines, line => Assert.All(line.Clap, cosine => Assert.InRange(cosine, -1.0001f, 1.0001f)));
    }

    private string[] Arguments(string run)
    {
        if (!Directory.Exists(folder["sae"]))
        {
            ShapeFiles.Copy(WorkerProcess.DemoSae, folder["sae"]);
            ShapeFiles.Copy(Path.Combine(WorkerProcess.DemoSae, "index"), folder["sae/index"]);
        }
        return ["evaluate-steering", "--sae", "sae", "--model", WorkerProcess.DemoModel, "--dataset", "data", "--run-dir", run, "--sample", "2", "--top-score", "0", "--seeds", "2", "--seconds", "1", "--strength", "2",
            "--prompt", "Simple melody", "fast rhythm"];
    }
}
