using System.Text.Json.Nodes;
using SaeDashboard.Core.Runs;

namespace SaeDashboard.Core.Tests.Runs;

/// <summary>The runs of a sweep.</summary>
public sealed class SweepGridTests
{
    [Fact]
    public void Every_combination_is_made_once_and_the_last_axis_changes_fastest()
    {
        var settings = new JsonObject { ["latents"] = 256, ["k"] = 8 };
        var runs = SweepGrid.Make(settings, [Axis("k", 16, 32), Axis("seed", 0, 1, 2)]);
        Assert.Equal(["k 16, seed 0", "k 16, seed 1", "k 16, seed 2", "k 32, seed 0", "k 32, seed 1", "k 32, seed 2"], runs.Select(run => run.Name));
        Assert.Equal((256, 32, 1), ((int)runs[4].Settings["latents"]!, (int)runs[4].Settings["k"]!, (int)runs[4].Settings["seed"]!));
        Assert.Equal("""{"latents":256,"k":8}""", settings.ToJsonString());
    }

    [Fact]
    public void Words_are_values_too()
    {
        var runs = SweepGrid.Make([], [Axis("architecture", "topK", "gated"), Axis("learningRate", 0.001)]);
        Assert.Equal(["architecture topK, learningRate 0.001", "architecture gated, learningRate 0.001"], runs.Select(run => run.Name));
    }

    [Fact]
    public void Every_problem_is_reported_at_once()
    {
        SweepAxis[] axes = [Axis("k", 16, 16), Axis("k", 8), Axis("seed"), new("beta1", [new JsonArray()]), new("beta2", [null]), Axis(" ", 1), new("learningRate", [0.001, JsonNode.Parse("1e-3")])];
        var problems = SweepGrid.Problems(axes);
        Assert.Equal(
            [
                "A setting has no name.", "k is there twice: give all of its values at once.", "k has 16 2 times.", "seed has no values.",
                "beta1 takes numbers and words, not lists, objects or nothing.", "beta2 takes numbers and words, not lists, objects or nothing.", "learningRate has 0.001 2 times.",
            ], problems);
        var refused = Assert.Throws<UserException>(() => SweepGrid.Make([], axes));
        Assert.All(problems, problem => Assert.Contains(problem, refused.Message, StringComparison.Ordinal));
        Assert.Single(SweepGrid.Problems([]));
    }

    [Fact]
    public void A_grid_is_at_most_64_runs_however_large_its_axes_are()
    {
        Assert.Equal(SweepGrid.MostRuns, SweepGrid.Make([], [Numbers("k", 8), Numbers("seed", 8)]).Count);
        Assert.Contains("65 runs", Assert.Single(SweepGrid.Problems([Numbers("k", 65)])), StringComparison.Ordinal);
        // 10,000 to the 8th is more than a long holds.
        Assert.Contains("at most 64", Assert.Single(SweepGrid.Problems([.. Enumerable.Range(0, 8).Select(i => Numbers($"s{i}", 10_000))])), StringComparison.Ordinal);
    }

    private static SweepAxis Axis(string name, params JsonNode[] values) => new(name, values);

    private static SweepAxis Numbers(string name, int count) => new(name, [.. Enumerable.Range(0, count).Select(i => (JsonNode)i)]);
}
