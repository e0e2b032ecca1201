using System.Text.Json.Nodes;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Steering;

namespace SaeDashboard.Core.Tests.Steering;

/// <summary>steering.json as it is written, read and refused.</summary>
public sealed class SteeringTableTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_table_is_found_beside_its_SAE_and_only_for_its_weights()
    {
        Assert.Null(SteeringTableFile.Find(folder.Path, "s"));
        var table = Table();
        AtomicFile.WriteJson(SteeringTableFile.PathIn(folder.Path), table);
        var read = SteeringTableFile.Find(folder.Path, "s")!;
        Assert.Equal(table.Features[0] with { Groups = read.Features[0].Groups, Arms = read.Features[0].Arms }, read.Features[0]);
        Assert.Equal(table.Groups[0].Steers, read.Groups[0].Steers);
        Assert.Equal(SteeringVerdict.Steers, read.Find(7)!.Verdict);
        Assert.Null(read.Find(8));
        Assert.Null(SteeringTableFile.Find(folder.Path, "other weights"));
    }

    [Theory]
    [InlineData("schemaVersion", "2", "schema version 2")]
    [InlineData("groups", "[]", null)]
    [InlineData("features", "7", "expected a list")]
    [InlineData("groups.0.steers.count", "9", "a rate is 9 of 2")]
    [InlineData("groups.0.steers.rate", "1.5", "a rate is")]
    [InlineData("features.0.feature", "-1", "makes no sense")]
    [InlineData("features.0.overRandom.q", "3", "outside of 0 to 1")]
    [InlineData("features.0.verdict", "\"sings\"", "steers")]
    [InlineData("source.saeHash", "null", "saeHash")]
    [InlineData("groups.0", "null", "is null")]
    [InlineData("groups.0.arms.0", "null", "is null")]
    [InlineData("features.0", "null", "is null")]
    [InlineData("features.0.arms.0", "null", "is null")]
    [InlineData("source.choosePrompts", "[null]", "a text is missing")]
    public void A_table_that_was_altered_is_refused_in_words(string member, string value, string? said)
    {
        var path = folder["steering.json"];
        AtomicFile.WriteJson(path, Table());
        var json = JsonNode.Parse(File.ReadAllText(path))!;
        var names = member.Split('.');
        var node = json;
        foreach (var name in names[..^1]) node = int.TryParse(name, out var index) ? node![index] : node![name];
        if (int.TryParse(names[^1], out var last)) node![last] = JsonNode.Parse(value);
        else node![names[^1]] = JsonNode.Parse(value);
        File.WriteAllText(path, json.ToJsonString());
        if (said is null)
        {
            Assert.Empty(SteeringTableFile.Read(path).Groups);
            return;
        }
        var error = Assert.Throws<UserException>(() => SteeringTableFile.Read(path));
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_feature_is_there_once_and_a_file_of_gigabytes_is_not_read()
    {
        var path = folder["steering.json"];
        var table = Table();
        AtomicFile.WriteJson(path, table with { Features = [table.Features[0], table.Features[0]] });
        Assert.Contains("twice", Assert.Throws<UserException>(() => SteeringTableFile.Read(path)).Message, StringComparison.Ordinal);
        using (var file = File.OpenWrite(path)) file.SetLength(1L << 33);
        Assert.Contains("at most", Assert.Throws<UserException>(() => SteeringTableFile.Read(path)).Message, StringComparison.Ordinal);
        Assert.Throws<UserException>(() => SteeringTableFile.Read(folder["none.json"]));
    }

    [Fact]
    public void Every_value_has_its_words()
    {
        var feature = Table().Features[0];
        Assert.Equal("steers: +0.42 over random, q = 0.01", SteeringWords.Verdict(feature));
        Assert.Equal("does not steer: −0.42 over random, q = 1", SteeringWords.Verdict(feature with { Verdict = SteeringVerdict.NotAboveRandom, OverRandom = new PairedGain(-0.42, -1, 0, 0.99, 1) }));
        Assert.Equal("not judged: no class and no descriptor follows it on select (largest r 0.05)", SteeringWords.Verdict(feature with { Verdict = SteeringVerdict.NoTarget, OverRandom = null, BestCorrelation = 0.05 }));
        Assert.StartsWith("breaks", SteeringWords.Verdict(feature with { Verdict = SteeringVerdict.Breaks, OverRandom = null }), StringComparison.Ordinal);
        Assert.Equal("more inst.taiko", SteeringWords.Of(feature.Target!));
        Assert.Equal(Enum.GetValues<TrialArm>().Length, Enum.GetValues<TrialArm>().Select(SteeringWords.Of).Distinct().Count());
        Assert.Equal(2, Enum.GetValues<SteeringGroupName>().Select(SteeringWords.Of).Distinct().Count());
    }

    internal static SteeringTable Table() => new()
    {
        Source = new SteeringSource
        {
            SaeHash = "s", Architecture = "topk", Hook = "layers.4.resid_post", ModelHash = "m", DatasetHash = "d", Seconds = 5, Seeds = 8, ChoosePrompts = ["a"], ReportPrompts = ["b"],
            Strengths = [1, 2], Guidance = 3, Level = 0.05, TaggerHash = new string('0', 64), TaggerAuroc = 0.9, TaggerAccuracy = 0.8, TaggerClasses = 40, KeptFeatures = 100,
        },
        Groups =
        [
            new SteeringGroup
            {
                Name = SteeringGroupName.Sample, Features = 2, WithTarget = 1, Steers = new SteeringRate(1, 2, 0.5, 0.1, 0.9), SteersAboveDiffMean = new SteeringRate(0, 2, 0, 0, 0.6),
                AboveNull = new SteeringRate(1, 1, 1, 0.2, 1), Arms = [new ArmSummary { Arm = TrialArm.Steered, Gain = new SteeringMean(0.5, 0.3, 0.7), AboveUnsteered = new SteeringRate(1, 1, 1, 0.2, 1) }],
            },
        ],
        Features =
        [
            new SteeredFeature
            {
                Feature = 7, Groups = [SteeringGroupName.Sample], Verdict = SteeringVerdict.Steers, Target = new SteeringTarget(TargetKind.Class, "inst.taiko", 1, 0.6), UnitLength = 12.5,
                Arms = [new FeatureArm(TrialArm.Steered, 2, new SteeringMean(0.5, 0.3, 0.7), 0)], OverRandom = new PairedGain(0.42, 0.2, 0.6, 0.002, 0.01),
            },
        ],
    };
}
