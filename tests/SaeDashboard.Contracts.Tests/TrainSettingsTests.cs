using System.Text.Json;

namespace SaeDashboard.Contracts.Tests;

/// <summary>Training settings as a run plan names them: a part of all, kept as they were written.</summary>
public sealed class TrainSettingsTests
{
    [Fact]
    public void What_is_named_is_written_and_the_rest_is_left_to_the_basis()
    {
        var settings = TrainSettings.Of(new TrainConfig { Latents = 64, K = 8, LearningRate = 3e-4 }, [TrainSetting.Of(nameof(TrainConfig.LearningRate)), TrainSetting.Of(nameof(TrainConfig.Latents))]);
        Assert.Equal("""{"latents":64,"learningRate":0.0003}""", JsonSerializer.Serialize(settings, JsonDefaults.Lines));
        Assert.Equal(new TrainConfig { Latents = 64, K = 16, LearningRate = 3e-4 }, settings.Over(new TrainConfig { K = 16 }));
        Assert.Equal(32, settings.Values.K);
        Assert.Equal("{}", JsonSerializer.Serialize(TrainSettings.None, JsonDefaults.Lines));
    }

    [Fact]
    public void Every_setting_survives_being_written_and_read()
    {
        var config = new TrainConfig
        {
            Architecture = TrainArchitecture.JumpRelu, Engine = TrainEngine.Autograd, Candidates = TrainCandidates.BFloat16, Bandwidth = 0.1, Steps = 5_000_000_000, DeadWindow = 7, Epsilon = 1e-12, Seed = -3,
        };
        var json = JsonSerializer.Serialize(TrainSettings.Of(config, TrainSetting.All), JsonDefaults.Data);
        Assert.Contains("\"jumpRelu\"", json, StringComparison.Ordinal);
        Assert.Contains("\"bfloat16\"", json, StringComparison.Ordinal);
        Assert.Equal(config, Json.Settings(json).Values);
        Assert.Equal(config, JsonSerializer.Deserialize<TrainConfig>(JsonSerializer.Serialize(config, JsonDefaults.Lines), JsonDefaults.Lines));
    }

    [Fact]
    public void A_mistake_hides_nothing_else_of_a_plan_and_is_written_back()
    {
        const string train = """{"latents":512,"steps":"many","latent":3}""";
        var plan = JsonSerializer.Deserialize<RunPlan>($$"""{"modelPath":"/m","datasetPath":"/d","layer":4,"activationsPath":"/a","saePath":"/s","train":{{train}}}""", JsonDefaults.Data)!;
        Assert.Equal((512, 1600L), (plan.Train.Values.Latents, plan.Train.Values.Steps));
        Assert.Equal(2, plan.Train.Problems(new TrainConfig()).Count);
        Assert.Equal(train, JsonSerializer.Serialize(plan.Train, JsonDefaults.Lines));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("3")]
    public void What_is_not_an_object_is_refused(string train) => Assert.Throws<JsonException>(() =>
        JsonSerializer.Deserialize<RunPlan>($$"""{"modelPath":"/m","datasetPath":"/d","layer":4,"activationsPath":"/a","saePath":"/s","train":{{train}}}""", JsonDefaults.Data));

    [Fact]
    public void Only_settings_that_may_change_on_a_resume_come_from_the_other_configuration()
    {
        var config = new TrainConfig { Latents = 64, Threads = 3, Checkpoints = 1, Evaluations = 2, Histograms = 4 };
        Assert.Equal(new TrainConfig { Latents = 64 }, config.WatchedAs(new TrainConfig { Latents = 7, Steps = 9 }));
    }
}

/// <summary>Settings from text.</summary>
internal static class Json
{
    public static TrainSettings Settings(string json) => JsonSerializer.Deserialize<TrainSettings>(json, JsonDefaults.Data)!;
}
