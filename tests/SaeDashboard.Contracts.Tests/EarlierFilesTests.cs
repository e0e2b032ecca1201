using System.Text.Json;

namespace SaeDashboard.Contracts.Tests;

/// <summary>
/// Files of the build before the contract was typed, as its site and its worker wrote them on 2026-11-29 (only the folders' paths are
/// changed): they are read, and what is written again says the same.
/// </summary>
public sealed class EarlierFilesTests
{
    [Fact]
    public void A_run_plan_names_the_settings_it_named()
    {
        var plan = Read<RunPlan>("swept/config.json");
        Assert.Equal((RunKind.Train, 4, "resid_post", 40, "Sweep of k"), (plan.Kind, plan.Layer, plan.Point, plan.Clips, plan.Sweep));
        Assert.Equal(new TrainConfig { Latents = 256, K = 2, Steps = 60, Batch = 256, Histograms = 40 }, plan.Train.Values);
        Assert.Equal(["architecture", "latents", "k", "batch", "steps", "learningRate", "seed", "histograms"], plan.Train.Named.Select(setting => setting.Name));
        Assert.Empty(plan.Train.Problems(new TrainConfig()));
        // What a plan leaves out is the forked run's.
        Assert.Equal(0.9, plan.Train.Over(new TrainConfig { Beta1 = 0.9, Latents = 7 }).Beta1);
        Assert.Equal(256, plan.Train.Over(new TrainConfig { Latents = 7 }).Latents);
    }

    [Fact]
    public void A_fork_an_export_and_an_index_are_what_they_were()
    {
        var forked = Read<RunPlan>("forked/config.json");
        Assert.Equal((RunKind.Train, 504L, 0.0005), (forked.Kind, forked.Fork!.Step, forked.Train.Values.LearningRate));
        var exported = Read<RunPlan>("exported/config.json");
        Assert.Equal((RunKind.Export, 60L, "layers.4.mlp_out"), (exported.Kind, exported.Fork!.Step, exported.Hook.ToString()));
        var indexed = Read<RunPlan>("indexed/config.json");
        Assert.Equal((RunKind.Index, 256), (indexed.Kind, indexed.Train.Values.Latents));
        Assert.Equal("latents", Assert.Single(indexed.Train.Named).Name);
    }

    [Fact]
    public void A_checkpoint_and_a_command_line_run_have_their_settings()
    {
        var expected = new TrainConfig
        {
            Architecture = TrainArchitecture.JumpRelu, Candidates = TrainCandidates.BFloat16, Latents = 64, K = 8, Batch = 64, Steps = 20, SparsityCoefficient = 0.5, Bandwidth = 0.1,
            ScaleSamples = 2000, MedianSamples = 500, Checkpoints = 1, Evaluations = 1,
        };
        Assert.Equal(expected with { Checkpoints = 0, Evaluations = 0, Histograms = 0 }, Read<TrainConfig>("command-line/checkpoint-config.json"));
        Assert.Equal(expected, Read<TrainSettings>("command-line/config.json").Values);
    }

    [Theory]
    [InlineData("swept/config.json")]
    [InlineData("forked/config.json")]
    [InlineData("exported/config.json")]
    [InlineData("indexed/config.json")]
    public void A_plan_is_written_as_it_was(string file) => AssertSame<RunPlan>(file);

    private static T Read<T>(string file) => JsonSerializer.Deserialize<T>(Text(file), JsonDefaults.Data)!;

    private static string Text(string file) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Earlier", file));

    /// <summary>What is read and written again holds the same, member by member; their order in an object does not matter.</summary>
    private static void AssertSame<T>(string file)
    {
        var written = JsonSerializer.Serialize(Read<T>(file), JsonDefaults.Data);
        using var now = JsonDocument.Parse(written);
        using var before = JsonDocument.Parse(Text(file));
        Assert.True(JsonElement.DeepEquals(before.RootElement, now.RootElement), written);
    }
}
