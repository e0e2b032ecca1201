using SaeDashboard.Core.Runs;
using SaeDashboard.Web.Runs.Planning;

namespace SaeDashboard.Web.Tests.Runs;

/// <summary>The form of a run whose settings vary.</summary>
public sealed class SweepReaderTests
{
    [Fact]
    public void Every_combination_is_a_run_that_says_what_it_has_of_its_own()
    {
        var reading = Read(form => form.Latents = "1024", ("k", "16, 32"), ("seed", "0,1"));
        Assert.Empty(reading.Problems);
        Assert.Equal(
            ["Layer 4, 1,024 latents, k 16, seed 0", "Layer 4, 1,024 latents, k 16, seed 1", "Layer 4, 1,024 latents, k 32, seed 0", "Layer 4, 1,024 latents, k 32, seed 1"],
            reading.Requests.Select(request => request.Name));
        Assert.Equal([(16, 0), (16, 1), (32, 0), (32, 1)], reading.Requests.Select(request => (request.Train.K, request.Train.Seed)));
        Assert.Single(SweepReader.Stores(reading.Requests));
    }

    [Fact]
    public void A_sweep_that_was_named_names_its_runs()
    {
        var reading = Read(form => form.Name = "rates", ("learningRate", "3e-4, 1e-3"), ("architecture", "TopK, batchtopk"));
        Assert.Equal(["rates, learning rate 0.0003, TopK", "rates, learning rate 0.0003, BatchTopK", "rates, learning rate 0.001, TopK", "rates, learning rate 0.001, BatchTopK"], reading.Requests.Select(request => request.Name));
        Assert.Equal(0.0003, reading.Requests[0].Train.LearningRate);
    }

    [Fact]
    public void Layers_have_a_store_each()
    {
        var reading = Read(null, ("layer", "2, 6"), ("k", "16, 32"));
        Assert.Equal([2, 6], SweepReader.Stores(reading.Requests).Select(each => each.Layer));
        var little = SweepReader.Read(RunForm.Default(RunSamples.Choices), Lines(("layer", "2, 6")), RunSamples.Choices, freeBytes: 1_000_000_000);
        Assert.Contains("1.68 GB", Assert.Single(little.Problems), StringComparison.Ordinal);
        Assert.Empty(little.Requests);
        Assert.Equal(2, SweepReader.Read(RunForm.Default(RunSamples.Choices), Lines(("layer", "2, 6")), RunSamples.Choices, freeBytes: 1_000_000_000, reused: request => request.Layer == 2).Requests.Count);
    }

    [Fact]
    public void K_makes_no_two_runs_of_an_architecture_that_has_none()
    {
        var reading = Read(null, ("architecture", "topK, gated, relu"), ("k", "16, 32, 64"));
        Assert.Equal(5, reading.Requests.Count);
        Assert.Equal(4, reading.LeftOut);
        Assert.Equal(5, reading.Requests.Select(request => request.Name).Distinct().Count());
    }

    [Fact]
    public void Every_problem_is_reported_at_once_and_once()
    {
        var reading = Read(form => (form.Steps, form.K) = ("x", "not asked for"), ("k", "16, 3000, many"), ("architecture", "TopK, vanilla"));
        Assert.Equal([nameof(RunForm.Steps)], reading.Fields.Keys);
        Assert.Equal(["architecture vanilla", "k 3000", "k many"], reading.Problems.Select(problem => problem.Split(':')[0]).Order(StringComparer.Ordinal));
        Assert.Empty(reading.Requests);
    }

    [Fact]
    public void A_grid_that_cannot_be_made_says_why_in_addition_to_what_is_wrong_with_the_fields()
    {
        var reading = Read(form => form.Batch = "x", ("learningRate", ""), ("seed", "1, 1"));
        Assert.Equal([nameof(RunForm.Batch)], reading.Fields.Keys);
        Assert.Equal(["learning rate has no values.", "seed has 1 2 times."], reading.Problems);
        Assert.Contains("at most 64", Assert.Single(Read(null, ("seed", string.Join(',', Enumerable.Range(0, 65)))).Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void The_plan_of_a_sweeps_run_names_the_sweep_and_a_forks_the_checkpoint()
    {
        var plan = RunPlanMaker.Make(RunSamples.Request(), null, new RunFork("/runs/run-a", 300), "Sweep of k");
        Assert.Equal(("Sweep of k", "/runs/run-a", 300L), (plan.Sweep, plan.Fork!.RunPath, plan.Fork.Step));
        Assert.Null(RunPlanMaker.Make(RunSamples.Request(), null).Fork);
    }

    private static SweepReading Read(Action<RunForm>? change, params (string Setting, string Values)[] lines)
    {
        var form = RunForm.Default(RunSamples.Choices);
        change?.Invoke(form);
        return SweepReader.Read(form, Lines(lines), RunSamples.Choices);
    }

    private static SweepLine[] Lines(params (string Setting, string Values)[] lines) => [.. lines.Select(line => new SweepLine { Setting = line.Setting, Values = line.Values })];
}
