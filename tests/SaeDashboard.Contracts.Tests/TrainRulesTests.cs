namespace SaeDashboard.Contracts.Tests;

/// <summary>The rules of training settings, which the trainer and the site's form share.</summary>
public sealed class TrainRulesTests
{
    public static TheoryData<string> Settings => [.. TrainSetting.All.Select(setting => setting.Name)];

    [Theory]
    [MemberData(nameof(Settings))]
    public void Every_setting_has_words_for_people(string name)
    {
        var setting = TrainSetting.Find(name)!;
        Assert.NotEmpty(setting.Label);
        Assert.EndsWith(".", setting.Meaning, StringComparison.Ordinal);
        Assert.EndsWith(".", setting.Hint, StringComparison.Ordinal);
        Assert.StartsWith(setting.Label, setting.LabelWithUnit, StringComparison.Ordinal);
    }

    [Fact]
    public void The_defaults_keep_to_every_rule_for_every_architecture()
    {
        foreach (var info in TrainArchitectures.All) Assert.Empty(TrainRules.Problems(new TrainConfig { Architecture = info.Architecture }));
        Assert.Equal(Enum.GetValues<TrainArchitecture>(), TrainArchitectures.All.Select(info => info.Architecture));
    }

    [Theory]
    [InlineData("latents", """{"latents": 16777217}""", "\"latents\" is 16777217: from 1 to 16,777,216")]
    [InlineData("latents", """{"latents": 31, "architecture": "matryoshka", "k": 4}""", "\"latents\" is 31: at least 32, of which the smallest prefix of matryoshka is one")]
    [InlineData("k", """{"k": 2049}""", "\"k\" is 2049: from 1 to the number of latents")]
    [InlineData("batch", """{"batch": 1}""", "\"batch\" is 1: from 2 to 1,048,576 columns")]
    [InlineData("steps", """{"steps": 0}""", "\"steps\" is 0: at least 1")]
    [InlineData("learningRate", """{"learningRate": 1}""", "\"learningRate\" is 1: between 0 and 1")]
    [InlineData("epsilon", """{"epsilon": 1e-39}""", "\"epsilon\" is 1E-39: from 1.2e-38 (float32 rounds smaller ones to 0) to below 1")]
    [InlineData("decay", """{"warmUp": 0.6, "decay": 0.5}""", "\"decay\" is 0.5: together with warmUp at most 1")]
    [InlineData("warmUp", """{"warmUp": -0.5}""", "\"warmUp\" is -0.5: a share from 0 to 1")]
    [InlineData("clipNorm", """{"clipNorm": 0}""", "\"clipNorm\" is 0: above 0")]
    [InlineData("bandwidth", """{"architecture": "jumpRelu", "bandwidth": 2}""", "\"bandwidth\" is 2: above 0, at most 1")]
    [InlineData("bandwidth", """{"bandwidth": 0.1}""", "\"bandwidth\" does not belong to architecture topK: leave it out")]
    [InlineData("sparsityCoefficient", """{"architecture": "matryoshka", "sparsityCoefficient": 1}""", "\"sparsityCoefficient\" does not belong to architecture matryoshka: leave it out")]
    [InlineData("engine", """{"architecture": "gated", "engine": "sparse"}""", "\"engine\" is sparse: sparse makes topK, batchTopK, matryoshka and jumpRelu; leave it out, or say autograd")]
    [InlineData("candidates", """{"engine": "autograd", "candidates": "bfloat16"}""", "\"candidates\" is bfloat16: it belongs to the sparse engine; leave it out")]
    [InlineData("deadWindow", """{"deadWindow": 0}""", "\"deadWindow\" is 0: at least 1 column")]
    [InlineData("heldOut", """{"heldOut": 0.6}""", "\"heldOut\" is 0.6: a share from 0 to 0.5")]
    [InlineData("threads", """{"threads": -1}""", "\"threads\" is -1: from 0 to 1,024")]
    public void What_breaks_a_rule_is_named_with_its_value_and_the_rule(string setting, string json, string message)
    {
        var problem = Assert.Single(TrainRules.Problems(Json.Settings(json).Values));
        Assert.Equal((setting, message), (problem.Setting, problem.Message));
    }

    [Fact]
    public void A_setting_that_could_not_be_read_is_not_held_against_its_default()
    {
        // 4096 are more than the default's latents, and bandwidth belongs to an architecture that is not known.
        var settings = Json.Settings("""{ "latents": "8k", "k": 4096, "architecture": 3, "bandwidth": 0.1 }""");
        Assert.Equal(["\"latents\" is \"8k\": expected a whole number", "\"architecture\" is 3: expected one of topK, batchTopK, matryoshka, jumpRelu, gated, relu"], settings.Problems(new TrainConfig()));
    }

    [Fact]
    public void The_whole_numbers_a_setting_may_be_follow_the_others()
    {
        static WholeRange Of(string property, TrainConfig config) => TrainRules.WholeRange(TrainSetting.Of(property), config);
        var config = new TrainConfig { Latents = 64 };
        Assert.Equal((1L, 64L), (Of(nameof(TrainConfig.K), config).Min, Of(nameof(TrainConfig.K), config).Max));
        Assert.Equal(1, Of(nameof(TrainConfig.Latents), config).Min);
        Assert.Equal(32, Of(nameof(TrainConfig.Latents), config with { Architecture = TrainArchitecture.Matryoshka }).Min);
        Assert.Equal((int.MinValue, int.MaxValue), (Of(nameof(TrainConfig.Seed), config).Min, Of(nameof(TrainConfig.Seed), config).Max));
        Assert.Equal(long.MaxValue, Of(nameof(TrainConfig.Steps), config).Max);
    }
}
