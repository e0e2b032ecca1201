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

    [Fact]
    public void A_status_has_its_states_and_stages()
    {
        var stopped = Read<RunStatus>("stopped/status.json");
        Assert.Equal((StageName.Train, RunState.Cancelled, 645L), (stopped.Stage, stopped.State, stopped.Step));
        Assert.Equal([(StageName.Collect, StageState.Reused), (StageName.Train, StageState.Running), (StageName.Index, StageState.Waiting)], stopped.Stages!.Select(stage => (stage.Name, stage.State)));
        Assert.Equal((StageName.Index, RunState.Done), (Read<RunStatus>("indexed/status.json").Stage, Read<RunStatus>("indexed/status.json").State));
        Assert.Null(Read<RunStatus>("command-line/status.json").Stages);
    }

    [Fact]
    public void A_take_has_its_state_and_what_was_asked()
    {
        var take = Read<TakeManifest>("take.json");
        Assert.Equal((TakeState.Done, 150), (take.State, take.Settings.Frames));
        Assert.Equal([TakeArms.Baseline, TakeArms.Steered], take.Settings.Arms);
        AssertSame<TakeManifest>("take.json");
    }

    [Theory]
    [InlineData("swept/status.json")]
    [InlineData("stopped/status.json")]
    [InlineData("forked/status.json")]
    [InlineData("command-line/status.json")]
    public void A_status_is_written_as_it_was(string file) => AssertSame<RunStatus>(file);

    [Fact]
    public void An_enumeration_has_one_form_in_JSON()
    {
        Assert.Equal(["queued", "running", "done", "failed", "cancelled", "paused", "interrupted", "unreadable"], EnumJson.All<RunState>());
        Assert.Equal(["collect", "train", "evaluate", "index", "import"], EnumJson.All<StageName>());
        Assert.Equal("\"batchTopK\"", JsonSerializer.Serialize(TrainArchitecture.BatchTopK, JsonDefaults.Lines));
        Assert.Equal(TrainCandidates.BFloat16, EnumJson.Parse<TrainCandidates>("bfloat16"));
        Assert.Null(EnumJson.Parse<RunState>("sleeping"));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<RunState>("\"sleeping\"", JsonDefaults.Lines));
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
