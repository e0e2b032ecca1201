using SaeDashboard.Core.Runs;
using SaeDashboard.Sae.Activations;
using SaeDashboard.Sae.Features;
using SaeDashboard.Sae.Training;

namespace SaeDashboard.Sae.Tests.Training;

/// <summary>SAEs side by side from one reading: each is what it is alone, whatever becomes of the others.</summary>
public sealed class SeveralSaesTests : IDisposable
{
    private static readonly TrainConfig Config = new()
    {
        Latents = 96,
        K = 8,
        Batch = 128,
        Steps = 120,
        LearningRate = 3e-3,
        HeldOut = 0.1,
        ScaleSamples = 3000,
        MedianSamples = 1000,
        DeadWindow = 3000,
        Threads = 2,
        // 13,824 columns of 128 bytes are 1.7 MiB: four groups, one and a half epochs.
        ShuffleMegabytes = 1,
    };

    private static readonly (string Name, TrainConfig Config)[] Varied =
    [
        ("base", Config),
        ("k", Config with { K = 4 }),
        ("seed", Config with { Seed = 3 }),
        ("batch", Config with { Batch = 200, Steps = 70 }),
        ("short", Config with { Latents = 64, Steps = 31 }),
        ("dense", Config with { Architecture = TrainArchitecture.BatchTopK, Threads = 1, Checkpoints = 3 }),
        ("data", Config with { DataSeed = 1, Steps = 40 }),
    ];

    private readonly TestFolders.TemporaryFolder folder = TestFolders.Temporary();
    private readonly ActivationStore store;

    public SeveralSaesTests() => store = SyntheticActivations.Make(folder.In("activations"), 120, 128, 32);

    public void Dispose()
    {
        store.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Side_by_side_each_is_what_it_is_alone_also_after_a_stop()
    {
        var alone = Varied.Select(each => Alone(each.Name, each.Config, store)).ToArray();
        Assert.Equal(Varied.Length, alone.Distinct().Count());

        var jobs = Varied.Select(each => (each.Name, each.Config, (IColumnSource)store, 0)).ToArray();
        Assert.Equal(alone, Together("together", jobs).Select(each => each.Result!.WeightsHash));

        // Torn at different steps of each: those that are behind catch up first.
        Assert.Throws<InvalidOperationException>(() => Together("torn", jobs, progress: (name, at) =>
        {
            if (name == "base" && at.Step >= 55)
                throw new InvalidOperationException("stopped by the test");
        }));
        var resumed = Together("torn", jobs, resume: true).ToDictionary(each => each.Name, each => each.Result!);
        Assert.Equal(["base", "batch", "dense", "k", "seed"], resumed.Keys.Order());
        Assert.All(resumed, each => Assert.Equal(alone[Array.FindIndex(Varied, varied => varied.Name == each.Key)], each.Value.WeightsHash));
        Assert.Equal((48, 40), (resumed["base"].ResumedFrom, resumed["dense"].ResumedFrom));
        Assert.All(Varied, each => Assert.Equal(RunState.Done, RunFolder.ReadStatus(folder.In("torn", each.Name))!.State));
    }

    [Fact]
    public void Straight_from_a_model_its_layers_come_from_one_pass_and_a_stop_changes_nothing()
    {
        var source = new ComputedColumns(store);
        var first = Alone("first", Config, source);
        var loaded = source.Loaded;
        Assert.NotEqual(Alone("stored", Config, store), first);

        var both = new ComputedColumns(store);
        (string, TrainConfig, IColumnSource, int)[] jobs = [("a", Config, both, 0), ("b", Config, both, 1), ("c", Config with { K = 4 }, both, 1)];
        var together = Together("together", jobs);
        Assert.Equal(first, together[0].Result!.WeightsHash);
        Assert.Equal(3, together.Select(each => each.Result!.WeightsHash).Distinct().Count());
        // Three trained on about the clips of one; what is measured at the end is computed for each.
        Assert.InRange(both.Loaded, 1, loaded * 1.25);

        Assert.Throws<InvalidOperationException>(() => Together("torn", jobs, progress: (_, at) =>
        {
            if (at.Step >= 77)
                throw new InvalidOperationException("stopped by the test");
        }));
        Assert.Equal(together.Select(each => each.Result!.WeightsHash), Together("torn", jobs, resume: true).Select(each => each.Result!.WeightsHash));
    }

    [Fact]
    public void One_that_diverges_fails_and_the_others_continue()
    {
        var alone = Alone("alone", Config, new ComputedColumns(store));
        var source = new ComputedColumns(store) { SpoiltFrom = 60 };
        var results = Together("together", [("good", Config, source, 0), ("bad", Config, source, 1)]);
        Assert.Equal(alone, results[0].Result!.WeightsHash);
        Assert.Null(results[1].Result);
        Assert.Contains("NaN", results[1].Error, StringComparison.Ordinal);
        Assert.Equal(RunState.Failed, RunFolder.ReadStatus(folder.In("together", "bad"))!.State);
        Assert.Equal(RunState.Done, RunFolder.ReadStatus(folder.In("together", "good"))!.State);
    }

    [Fact]
    public void A_run_can_be_ended_while_its_first_columns_are_computed()
    {
        using var stop = new CancellationTokenSource();
        // 24 clips are drawn for scale and centre; the first group has 27.
        var source = new ComputedColumns(store)
        {
            Computed = clips =>
            {
                if (clips <= 28)
                    return;
                stop.Cancel();
                // Long compared with what the trainer needs to notice, on a busy machine too: six more of these would be too many.
                Thread.Sleep(400);
            },
        };
        using var run = RunFolder.Open(folder.In("run"));
        var result = SaeTrainer.Train(source, Config, run, folder.In("sae"), resume: false, cancellation: stop.Token);
        Assert.Equal((false, 0L), (result.Finished, result.Step));
        Assert.InRange(source.Loaded, 29, 55);
        Assert.Equal(RunState.Cancelled, RunFolder.ReadStatus(run.Path)!.State);
    }

    [Fact]
    public void Before_its_first_step_it_ends_with_nothing_lost_alone_and_among_several()
    {
        // In the first pass of the 24 clips for scale and centre.
        using var stop = new CancellationTokenSource();
        var source = new ComputedColumns(store) { Computed = _ => stop.Cancel() };
        using (var run = RunFolder.Open(folder.In("alone-run")))
        {
            var result = SaeTrainer.Train(source, Config, run, folder.In("sae"), resume: false, cancellation: stop.Token);
            Assert.Equal((false, 0L, 4), (result.Finished, result.Step, source.Loaded));
            Assert.Equal(RunState.Cancelled, RunFolder.ReadStatus(run.Path)!.State);
        }
        var asked = new ComputedColumns(store) { Computed = _ => RunFolder.RequestPause(folder.In("alone-run")) };
        using (var run = RunFolder.Open(folder.In("alone-run")))
        {
            var result = SaeTrainer.Train(asked, Config, run, folder.In("sae"), resume: true, cancellation: TestContext.Current.CancellationToken);
            Assert.Equal((false, 0L, 4), (result.Finished, result.Step, asked.Loaded));
            Assert.Equal(RunState.Paused, RunFolder.ReadStatus(run.Path)!.State);
        }
        Assert.Equal(Alone("whole", Config, new ComputedColumns(store)), Alone("run", Config, new ComputedColumns(store)));

        // "a" has drawn and would take its first step; "b" draws others, and is asked to end.
        using var stopAll = new CancellationTokenSource();
        var both = new ComputedColumns(store) { Computed = clips => { if (clips > 24) stopAll.Cancel(); } };
        (string, TrainConfig, IColumnSource, int)[] jobs = [("a", Config, both, 0), ("b", Config with { DataSeed = 1 }, both, 0), ("c", Config with { DataSeed = 2 }, both, 0)];
        var ended = Together("ended", jobs, cancellation: stopAll.Token);
        Assert.Equal([(false, 0L), (false, 0L), (false, 0L)], ended.Select(each => (each.Result!.Finished, each.Result.Step)));
        Assert.Equal(28, both.Loaded);
        Assert.All("abc", name => Assert.Equal(RunState.Cancelled, RunFolder.ReadStatus(folder.In("ended", name.ToString()))!.State));
        (string, TrainConfig, IColumnSource, int)[] again = [.. jobs.Select(job => job with { Item3 = new ComputedColumns(store) })];
        Assert.Equal(Together("straight", again).Select(each => each.Result!.WeightsHash), Together("ended", again, resume: true).Select(each => each.Result!.WeightsHash));
    }

    [Fact]
    public void What_a_model_computes_besides_the_steps_is_reported_and_what_a_store_reads_is_not()
    {
        var reports = new List<ClipProgress>();
        Alone("model", Config, new ComputedColumns(store), reports);
        Assert.Equal(["Scale and centre", "Columns to begin with", "Columns held out", "Final evaluation"], reports.Select(each => each.Stage).Distinct());
        foreach (var stage in reports.GroupBy(each => each.Stage))
        {
            Assert.Equal(stage.Select(each => each.Clips).Order().Distinct(), stage.Select(each => each.Clips));
            Assert.Equal(stage.Last().Total, stage.Last().Clips);
            Assert.Equal("columns", stage.Last().Unit);
        }
        // 24 clips, a group's 27 and the 12 held out, four at a time.
        Assert.Equal([6, 7, 3, 3], reports.CountBy(each => each.Stage).Select(pair => pair.Value));

        reports.Clear();
        Alone("store", Config, store, reports);
        Assert.Empty(reports);
    }

    [Fact]
    public void A_group_that_holds_no_two_batches_is_refused_with_the_way_out()
    {
        var error = Assert.Throws<Core.UserException>(() => Alone("run", Config with { Batch = 4096, Steps = 4 }, store));
        Assert.Contains("shuffleMegabytes", error.Message, StringComparison.Ordinal);
    }

    private string Alone(string name, TrainConfig config, IColumnSource source, List<ClipProgress>? reports = null)
    {
        using var run = RunFolder.Open(folder.In("alone-" + name));
        var drawing = reports is null ? null : new Recorder(reports);
        return SaeTrainer.Train(
            source, config, run, folder.In("alone-" + name, "sae"), resume: false, drawing: drawing, cancellation: TestContext.Current.CancellationToken).WeightsHash!;
    }

    private IReadOnlyList<SaeJobResult> Together(
        string name, (string Name, TrainConfig Config, IColumnSource Source, int Layer)[] wanted, bool resume = false, Action<string, TrainProgress>? progress = null,
        CancellationToken? cancellation = null)
    {
        var runs = wanted.Select(each => RunFolder.Open(folder.In(name, each.Name))).ToArray();
        try
        {
            var jobs = wanted.Zip(runs, (each, run) => new SaeJob(each.Name, each.Config, each.Source, each.Layer, run, Path.Combine(run.Path, "sae"))).ToArray();
            Assert.InRange(SeveralSaes.EstimateBytes(jobs).Host, 1 << 20, 1 << 28);
            // A GPU takes the weights, and the host keeps the columns.
            var (host, gpu) = SeveralSaes.EstimateBytes(jobs, "cuda:0");
            Assert.True(gpu > 0 && host < SeveralSaes.EstimateBytes(jobs).Host);
            return SeveralSaes.Train([.. jobs.Where(job => !Directory.Exists(job.ExportFolder))], resume, progress, cancellation: cancellation ?? TestContext.Current.CancellationToken);
        }
        finally
        {
            foreach (var run in runs) run.Dispose();
        }
    }

    private sealed class Recorder(List<ClipProgress> list) : IProgress<ClipProgress>
    {
        public void Report(ClipProgress value)
        {
            // The first group is loaded by another thread.
            lock (list) list.Add(value);
        }
    }
}
