using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;
using SaeDashboard.Worker.Steering;

namespace SaeDashboard.Worker.Tests;

/// <summary>A difference of means: its two sets of clips, and the run that measures it for the site.</summary>
public sealed class DirectionTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Sets_are_chosen_by_captions_or_ids_and_have_no_common_clips()
    {
        using var dataset = ClipDataset.Open(WorkerProcess.DemoDataset);
        var sets = DirectionSets.Of(dataset, new ClipSet("Organ"), null, 5);
        Assert.Equal((5, "captions with “Organ”", 5, "all others"), (sets.Positive.Count, sets.PositiveWords, sets.Negative.Count, sets.NegativeWords));
        Assert.All(sets.Positive, clip => Assert.Contains("organ", clip.Caption, StringComparison.OrdinalIgnoreCase));
        Assert.All(sets.Negative, clip => Assert.DoesNotContain("organ", clip.Caption, StringComparison.OrdinalIgnoreCase));
        // Of two texts, the negative set has what the positive one does not.
        sets = DirectionSets.Of(dataset, new ClipSet("organ"), new ClipSet("a"), int.MaxValue);
        Assert.Empty(sets.Positive.Intersect(sets.Negative));
        Assert.Equal(dataset.Clips.Count(clip => clip.Caption.Contains("organ", StringComparison.OrdinalIgnoreCase)), sets.Positive.Count);
        sets = DirectionSets.Of(dataset, new ClipSet(Ids: ["clip-0002", "clip-0001", "clip-0002"]), new ClipSet(Ids: ["clip-0003"]), 100);
        Assert.Equal(["clip-0002", "clip-0001"], sets.Positive.Select(clip => clip.Id));
        Assert.Equal(("2 chosen clips", "clip-0003"), (sets.PositiveWords, Assert.Single(sets.Negative).Id));

        Refused("has a caption with “zzz”", new ClipSet("zzz"), null);
        Refused("No other clip", new ClipSet("organ"), new ClipSet("organ"));
        Refused("no clip “no-such”", new ClipSet(Ids: ["no-such"]), null);
        Refused("1 clips are in both sets, such as clip-0001", new ClipSet(Ids: ["clip-0001", "clip-0002"]), new ClipSet(Ids: ["clip-0001"]));
        Refused("no others", new ClipSet(""), null);
        foreach (var neither in (ClipSet[])[new(), new("organ", ["clip-0001"]), new(Ids: [])]) Refused("one of the two", neither, null);
        Assert.Contains("at least 1 clip", Assert.Throws<UserException>(() => DirectionSets.Of(dataset, new ClipSet("organ"), null, 0)).Message, StringComparison.Ordinal);

        void Refused(string expected, ClipSet positive, ClipSet? negative) =>
            Assert.Contains(expected, Assert.Throws<UserException>(() => DirectionSets.Of(dataset, positive, negative, 100)).Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Length", "Long")]
    public void A_run_measures_what_the_verb_measures_and_the_other_way_round_it_has_the_other_sign()
    {
        string[] demo = ["--model", WorkerProcess.DemoModel, "--dataset", WorkerProcess.DemoDataset, "--hook", "layers.4.resid_post"];
        WorkerProcess.Json(folder.Path, ["direction", .. demo, "--positive", "organ", "--clips", "3", "--out", "organ.json"]);
        var plan = new RunPlan
        {
            Kind = RunKind.Direction, ModelPath = WorkerProcess.DemoModel, DatasetPath = WorkerProcess.DemoDataset, Layer = 4, ActivationsPath = "", SaePath = WorkerProcess.DemoSae,
            Direction = new RunDirection(new ClipSet("organ"), null, 3),
        };
        Assert.Equal(File.ReadAllBytes(folder["organ.json"]), File.ReadAllBytes(Run("job", plan)));
        var status = RunFolder.ReadStatus(folder["job"])!;
        Assert.Equal((RunState.Done, StageName.Index, 6L), (status.State, status.Stage, status.Step));
        Assert.Contains("captions with “organ” (3 clips) less all others (3 clips) at layers.4.resid_post", File.ReadAllText(folder["job/log.txt"]), StringComparison.Ordinal);

        using var dataset = ClipDataset.Open(WorkerProcess.DemoDataset);
        var sets = DirectionSets.Of(dataset, new ClipSet("organ"), null, 3);
        ClipSet positive = new(Ids: [.. sets.Positive.Select(clip => clip.Id)]), negative = new(Ids: [.. sets.Negative.Select(clip => clip.Id)]);
        var back = JsonFile.Read<TakeDirection>(Run("back", plan with { Direction = new RunDirection(negative, positive) }));
        var there = JsonFile.Read<TakeDirection>(folder["organ.json"]);
        Assert.Equal(Values(there), Values(back).Select(value => -value));

        WorkerProcess.Fails(folder.Path, ["run", "--run-dir", "job"], "begun already", "--resume");
        AtomicFile.WriteJson(folder["none/config.json"], plan with { Direction = new RunDirection(new ClipSet("zzz")) });
        WorkerProcess.Fails(folder.Path, ["run", "--run-dir", "none"], "has a caption with “zzz”");
        Assert.Equal(RunState.Failed, RunFolder.ReadStatus(folder["none"])!.State);
    }

    private string Run(string name, RunPlan plan)
    {
        AtomicFile.WriteJson(folder[$"{name}/config.json"], plan);
        var made = WorkerProcess.Json(folder.Path, "run", "--run-dir", name).GetProperty("direction").GetString()!;
        Assert.Equal(folder[$"{name}/{RunDirection.FileName}"], Path.GetFullPath(made, folder.Path));
        return folder[$"{name}/{RunDirection.FileName}"];
    }

    private static float[] Values(TakeDirection direction) => System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(Convert.FromBase64String(direction.Values)).ToArray();
}
