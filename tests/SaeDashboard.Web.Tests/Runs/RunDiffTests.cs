using System.Text.Json;
using SaeDashboard.Core.Runs;
using SaeDashboard.Web.Jobs;
using SaeDashboard.Web.Runs;
using SaeDashboard.Web.Runs.Planning;

namespace SaeDashboard.Web.Tests.Runs;

/// <summary>What runs differ in.</summary>
public sealed class RunDiffTests
{
    [Fact]
    public void What_differs_comes_first_and_nothing_is_left_out()
    {
        var rows = RunDiff.Of([Run(), Run(form => (form.K, form.Layer) = ("16", "6")), Run(form => form.Architecture = "gated")]);
        Assert.Equal(["layer", "architecture", "k, latents active"], rows.TakeWhile(row => row.Differs).Select(row => row.Name));
        Assert.DoesNotContain(rows.SkipWhile(row => row.Differs), row => row.Differs);
        Assert.Equal(["32", "16", "not used"], rows.Single(row => row.Name == "k, latents active").Values);
        Assert.Equal(["TopK", "TopK", "Gated"], rows.Single(row => row.Name == "architecture").Values);
        Assert.Equal(["1,600", "1,600", "1,600"], rows.Single(row => row.Name == "steps").Values);
        Assert.Equal("random weights", rows.Single(row => row.Name == "starts from").Values[0]);
    }

    [Fact]
    public void What_a_run_leaves_out_is_its_default()
    {
        var bare = Run() with { Plan = new RunPlan { ModelPath = "", DatasetPath = "", Layer = 0, ActivationsPath = "", SaePath = "", Train = TrainSettings.Of(JsonSerializer.SerializeToElement(new { latents = 2048, beta1 = 0.9 })) } };
        var rows = RunDiff.Of([Run(), bare]);
        Assert.Equal(["4", "default"], rows.Single(row => row.Name == "layer").Values);
        Assert.False(rows.Single(row => row.Name == "latents").Differs);
        Assert.Equal(["default", "0.9"], rows.Single(row => row.Name == "beta1").Values);
        Assert.Empty(RunDiff.Of([]));
    }

    [Fact]
    public void Runs_of_the_same_name_are_distinguished_by_what_they_differ_in_or_by_their_ids()
    {
        Assert.Equal(["Layer 4, seed 0", "Layer 4, seed 1", "other"], RunDiff.Labels([Run(), Run(form => form.Seed = "1"), Run() with { Name = "other" }]));
        Assert.Equal(["Layer 4, x7k2", "Layer 4, aaaa"], RunDiff.Labels([Run(), Run() with { Id = "run-20261123-101502-aaaa" }]));
    }

    [Fact]
    public void A_sweep_is_one_group_that_says_its_state_and_which_run_is_best()
    {
        RunView Of(string id, string name, RunState state, double? result, string? sweep) => Run() with
        {
            Id = id, Name = name, Plan = Run().Plan with { Sweep = sweep }, Status = Run().Status with { State = state },
            Latest = result is null ? new Dictionary<string, double?>() : new Dictionary<string, double?> { ["heldOutExplainedVariance"] = result },
        };
        var groups = RunGroup.Of([Of("d", "k 8", RunState.Queued, null, "s"), Of("c", "alone", RunState.Done, 0.9, null), Of("b", "k 16", RunState.Done, 0.8, "s"), Of("a", "k 32", RunState.Done, 0.95, "s")]);
        Assert.Equal(["s", null], groups.Select(group => group.Sweep));
        Assert.Equal(["d", "b", "a"], groups[0].Runs.Select(run => run.Id));
        Assert.Equal("2 of 3 ready, 1 waiting; best explained variance 0.950: k 32", groups[0].Summary());
    }

    private static RunView Run(Action<RunForm>? change = null) => RunSamples.View(RunState.Done) with { Plan = RunPlanMaker.Make(RunSamples.Request(change), null) };
}
