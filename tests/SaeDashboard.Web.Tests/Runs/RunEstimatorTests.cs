using SaeDashboard.Core.Runs;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Jobs;
using SaeDashboard.Web.Runs.Planning;
using SaeDashboard.Web.Tests.Features;

namespace SaeDashboard.Web.Tests.Runs;

/// <summary>How long a run will take.</summary>
public sealed class RunEstimatorTests
{
    [Fact]
    public void The_default_run_takes_what_it_took_on_two_cores()
    {
        var estimate = RunEstimator.Estimate(RunSamples.Request(), reused: false, machine: 1);
        Assert.InRange(estimate.CollectSeconds, 70, 90);
        Assert.InRange(estimate.TrainSeconds, 24, 30);
        // 68 s of processor time were 39 s there; now it is 103 s.
        Assert.InRange(estimate.IndexSeconds, 52, 64);
        Assert.Equal(estimate.CollectSeconds + estimate.TrainSeconds + estimate.IndexSeconds, estimate.TotalSeconds);
    }

    [Fact]
    public void Reused_activations_cost_nothing() => Assert.Equal(0, RunEstimator.Estimate(RunSamples.Request(), reused: true, machine: 1).CollectSeconds);

    [Fact]
    public void A_run_on_a_part_of_the_clips_is_quicker_in_every_stage_but_training()
    {
        var whole = RunEstimator.Estimate(RunSamples.Request(), false, 1);
        var part = RunEstimator.Estimate(RunSamples.Request(form => form.Clips = "80"), false, 1);
        Assert.Equal(24, RunSamples.Request(form => form.Clips = "80").StatisticsClips);
        Assert.Equal(200, RunSamples.Request(form => form.Clips = "800").StatisticsClips);
        Assert.True(part.CollectSeconds < whole.CollectSeconds / 5);
        // What is done for each feature at the end stays.
        Assert.True(part.IndexSeconds - StageRates.Finish(2048) < (whole.IndexSeconds - StageRates.Finish(2048)) / 5);
        Assert.Equal(whole.TrainSeconds, part.TrainSeconds);
    }

    [Fact]
    public void Twice_the_latents_take_about_twice_as_long_to_train()
    {
        var once = RunEstimator.Estimate(RunSamples.Request(), false, 1).TrainSeconds;
        var twice = RunEstimator.Estimate(RunSamples.Request(form => form.Latents = "4096"), false, 1).TrainSeconds;
        Assert.InRange(twice / once, 1.8, 2.1);
    }

    [Theory]
    [InlineData("batchTopK", 1)]
    [InlineData("matryoshka", 1)]
    [InlineData("jumpRelu", 1)]
    [InlineData("gated", 5)]
    [InlineData("relu", 5)]
    public void An_architecture_costs_its_factor_in_training_and_nothing_elsewhere(string architecture, double factor)
    {
        var topK = RunEstimator.Estimate(RunSamples.Request(), false, 1);
        var other = RunEstimator.Estimate(RunSamples.Request(form => form.Architecture = architecture), false, 1);
        Assert.InRange(other.TrainSeconds / topK.TrainSeconds, 0.9 * factor, factor);
        Assert.Equal((topK.CollectSeconds, topK.IndexSeconds), (other.CollectSeconds, other.IndexSeconds));
    }

    [Fact]
    public void A_run_measured_on_this_machine_corrects_the_estimate()
    {
        var speed = StageRates.Speed(columnsPerSecond: 31_500, latents: 2048, width: 256);
        Assert.Equal(0.5, speed, 3);
        var measured = RunEstimator.Estimate(RunSamples.Request(), false, speed);
        Assert.True(measured.Measured);
        Assert.InRange(measured.TrainSeconds, 48, 58);
    }

    /// <summary>Each of the 400 clips of the statistics: 64 frames, 3,000 a second; and 2,048 features at the end, 300 a second.</summary>
    [Fact]
    public void An_index_counts_the_decoding_of_its_descriptors_and_what_follows_the_last_clip()
    {
        var run = RunEstimator.Estimate(RunSamples.Request(), false, 1);
        const double clips = 400 * 512 / 10_400.0 + 2000 * 512 / 50_000.0;
        Assert.Equal(1.5 + clips + 400 * 64 / 3000.0 + 2048 / 300.0, run.IndexSeconds, 1e-6);
        // Excerpts of short clips are the clips.
        Assert.Equal(400 * 20 / 3000.0, StageRates.Describe(400, 20), 1e-9);
    }

    /// <summary>As it was measured on the demo, in processor time: 7.1 times as long as collecting as many columns.</summary>
    [Fact]
    public void An_evaluation_takes_what_it_took()
    {
        Assert.InRange(StageRates.Evaluate(20_480, 4, 8, 256) / StageRates.Collect(20_480, 4, 256), 6.7, 7.5);
        // Of the last layer only the logits are left.
        Assert.Equal(StageRates.Collect(1000, 7, 256) * (3.3 * 8 + 5 * 0.75) / 8, StageRates.Evaluate(1000, 7, 8, 256), 1e-9);
    }

    [Fact]
    public void An_evaluation_that_was_measured_here_corrects_the_estimate_of_evaluations_alone()
    {
        using var folder = new TemporaryFolder();
        var root = DataRoot.Open(folder["data"], folder["demo"]);
        var catalog = new FakeCatalog { Models = [new CatalogModel { Id = "model", Name = "model", Path = RunSamples.View(RunState.Done).Plan.ModelPath, State = CatalogState.Ready, Width = 256, Layers = 8 }] };
        RunView Ended(params (string, double?)[] metrics) => RunSamples.View(RunState.Done) with { Latest = metrics.ToDictionary(metric => metric.Item1, metric => metric.Item2) };
        RunEstimate Estimate(Action<RunForm> change, params RunView[] runs) =>
            new RunPlanner(catalog, new FakeRunRegistry { Runs = runs }, new ActivationLibrary(root), new WorkerDevices(), root).Estimate(RunSamples.Request(change), reused: true);
        static void Hundred(RunForm form) => (form.Evaluates, form.EvaluationClips) = (true, "100");

        // 20 clips took 7 s: 100 clips take 35 s, and what a stage costs before and after.
        var measured = Ended(("evaluationColumns", 20 * 512), ("evaluationSeconds", 7));
        Assert.Equal(36.5, Estimate(Hundred, measured).EvaluateSeconds, 1e-6);
        Assert.Equal(Estimate(Hundred).IndexSeconds, Estimate(Hundred, measured).IndexSeconds);
        // The newest counts, and another device says nothing; nor does a run that was not evaluated.
        Assert.Equal(36.5, Estimate(Hundred, Ended(("loss", 1)), measured, Ended(("evaluationColumns", 20 * 512), ("evaluationSeconds", 70))).EvaluateSeconds, 1e-6);
        Assert.Equal(Estimate(Hundred).EvaluateSeconds, Estimate(Hundred, measured with { Plan = measured.Plan with { Device = "cuda:0" } }).EvaluateSeconds, 1e-6);
        Assert.Equal(Estimate(Hundred).EvaluateSeconds, Estimate(Hundred, Ended(("evaluationColumns", 20 * 512), ("evaluationSeconds", null))).EvaluateSeconds, 1e-6);
        Assert.Equal(0, Estimate(_ => { }, measured).EvaluateSeconds);
    }

    [Fact]
    public void Before_a_long_run_has_ended_the_fastest_short_one_corrects_the_estimate()
    {
        using var folder = new TemporaryFolder();
        var root = DataRoot.Open(folder["data"], folder["demo"]);
        var catalog = new FakeCatalog { Models = [new CatalogModel { Id = "model", Name = "model", Path = RunSamples.View(RunState.Done).Plan.ModelPath, State = CatalogState.Ready, Width = 256 }] };
        RunView Ended(double rate, double columns) => RunSamples.View(RunState.Done) with { Latest = new Dictionary<string, double?> { ["tokensPerSecond"] = rate, ["columns"] = columns } };
        RunEstimate Estimate(params RunView[] runs) =>
            new RunPlanner(catalog, new FakeRunRegistry { Runs = runs }, new ActivationLibrary(root), new WorkerDevices(), root).Estimate(RunSamples.Request(), reused: true);
        Assert.False(Estimate().Measured);
        var slow = Estimate(Ended(5_000, 50_000));
        Assert.True(slow.Measured);
        Assert.True(slow.TrainSeconds > 3 * Estimate(Ended(5_000, 50_000), Ended(31_500, 60_000)).TrainSeconds);
        // A long run counts alone.
        Assert.Equal(Estimate(Ended(20_000, 600_000)), Estimate(Ended(40_000, 50_000), Ended(20_000, 600_000)));
    }
}
