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
        Assert.InRange(estimate.IndexSeconds, 35, 46);
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
        Assert.True(part.IndexSeconds < whole.IndexSeconds / 5);
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
