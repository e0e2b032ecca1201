using SaeDashboard.Core.Features;

namespace SaeDashboard.Core.Tests.Features;

/// <summary>measures.safetensors, and the rule of mystery guests.</summary>
public sealed class FeatureMeasuresTests : IDisposable
{
    private const int Features = 6;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_is_written_is_read()
    {
        var data = Whole();
        Save(data);
        using var index = FeatureIndex.Open(folder["index"]);
        var measures = index.Measures!;
        Assert.Equal((data.Info.Clips, data.Info.Columns, "other", 32), (measures.Info.Clips, measures.Info.Columns, measures.Info.SecondSaeName, measures.Info.OutputScoreColumns));
        Assert.Equal(data.Info.Descriptors, measures.Info.Descriptors);
        Assert.Equal(data.PositionR2, measures.PositionR2.ToArray());
        Assert.Equal(data.Stability, measures.Stability.ToArray());
        Assert.Equal(data.OutputScore, measures.OutputScore.ToArray());
        Assert.Equal(data.OutputScoreRandom, measures.OutputScoreRandom.ToArray());
        Assert.Equal(data.ConceptAuroc, measures.ConceptAuroc.ToArray());
        for (var feature = 0; feature < Features; feature++)
        {
            Assert.Equal(data.PositionHistogram[(feature * 4)..(feature * 4 + 4)], measures.PositionHistogram(feature).ToArray());
            Assert.Equal(data.Correlation![(feature * 2)..(feature * 2 + 2)], measures.Correlations(feature).ToArray());
        }
        Assert.Equal([new CoFiringFeature(3, 0.5f, -7, 0.75f)], measures.CoFiring(1));
        Assert.Empty(measures.CoFiring(0));
        Assert.Equal(new ConceptMatch("inst.bell", ConceptLevel.Frames, -2, 0.6f, 0.65f), measures.BestConcept(1));
        Assert.Null(measures.BestConcept(5));
        Assert.Throws<ArgumentOutOfRangeException>(() => measures.CoFiring(Features));
    }

    [Fact]
    public void Guests_are_stable_of_no_position_and_of_no_concept_and_the_best_come_first()
    {
        // 0: not kept; 1: a guest; 2: follows the position; 3: known; 4: a better guest; 5: no concept was measured for it.
        Save(Whole());
        using var index = FeatureIndex.Open(folder["index"]);
        Assert.Equal([4, 1], index.Guests!.Select(guest => guest.Feature));
        Assert.Equal(0.9 * (1 - 0.05) * (1 - (2 * 0.6 - 1)), index.Guests![1].Score, 1e-6);
        Assert.Equal([null, 2, null, null, 1, null], Enumerable.Range(0, Features).Select(index.GuestRank));
    }

    [Theory]
    [InlineData(0.69, 0, 0.5, false)]
    [InlineData(0.7, 0.199, 0.699, true)]
    [InlineData(0.9, 0.2, 0.5, false)]
    [InlineData(0.9, 0, 0.7, false)]
    [InlineData(double.NaN, 0, 0.5, false)]
    [InlineData(0.9, double.NaN, 0.5, false)]
    [InlineData(0.9, 0, double.NaN, false)]
    public void The_limits_are_those_of_the_issue(double stability, double positionR2, double auroc, bool guest) =>
        Assert.Equal(guest, MysteryGuests.Score(stability, positionR2, auroc) is not null);

    [Fact]
    public void An_auroc_below_a_half_is_worth_no_more_than_a_half() =>
        Assert.Equal(MysteryGuests.Score(0.8, 0.1, 0.5), MysteryGuests.Score(0.8, 0.1, 0.3));

    [Fact]
    public void What_was_not_measured_is_not_there_and_guests_are_unknown_then()
    {
        var whole = Whole();
        Save(whole with { Info = whole.Info with { SecondSae = null, Concepts = [], Descriptors = [], OutputScoreColumns = 0 } });
        using var index = FeatureIndex.Open(folder["index"]);
        Assert.Null(index.Guests);
        Assert.Null(index.GuestRank(1));
        var measures = index.Measures!;
        Assert.True(measures.Stability.IsEmpty && measures.OutputScore.IsEmpty && measures.ConceptAuroc.IsEmpty && measures.Correlations(0).IsEmpty);
        Assert.Null(measures.BestConcept(1));
        Assert.False(measures.HasConcepts || measures.HasDescriptors);
    }

    [Fact]
    public void An_index_of_an_earlier_program_and_one_of_a_newer_have_none()
    {
        Save(null);
        using (var old = FeatureIndex.Open(folder["index"])) Assert.Equal((null, null, null), (old.Measures, old.Guests, old.Info.Measures));
        Save(Whole() with { Info = Whole().Info with { Version = 2 } });
        using var newer = FeatureIndex.Open(folder["index"]);
        Assert.Null(newer.Measures);
        Assert.Equal(2, newer.Info.Measures!.Version);
    }

    [Fact]
    public void Damaged_measures_are_refused_by_name()
    {
        Save(Whole());
        var (json, file) = (folder["index/index.json"], folder["index/measures.safetensors"]);
        var text = File.ReadAllText(json);
        foreach (var (from, to) in new[] { ("\"coFiring\": 1", "\"coFiring\": 100000"), ("\"positionBins\": 4", "\"positionBins\": 0"), ("\"descriptors\": [\n", "\"descriptors\": [ null,\n") })
        {
            Assert.Contains(from, text, StringComparison.Ordinal);
            File.WriteAllText(json, text.Replace(from, to, StringComparison.Ordinal));
            Assert.Contains("make no sense", Refused(), StringComparison.Ordinal);
        }
        File.WriteAllText(json, text.Replace("\"positionBins\": 4", "\"positionBins\": 5", StringComparison.Ordinal));
        Assert.Contains("position_histogram", Refused(), StringComparison.Ordinal);
        File.WriteAllText(json, text);
        var bytes = File.ReadAllBytes(file);
        File.WriteAllBytes(file, bytes[..^8]);
        Assert.Contains("measures.safetensors", Refused(), StringComparison.Ordinal);
        File.Delete(file);
        Assert.Contains("measures.safetensors", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void Arrays_of_another_size_are_not_written()
    {
        var whole = Whole();
        Assert.Throws<ArgumentException>(() => Save(whole with { Stability = new float[Features - 1] }));
        Assert.Throws<ArgumentException>(() => Save(whole with { Concept = null }));
    }

    private string Refused() => Assert.Throws<UserException>(() => FeatureIndex.Open(folder["index"])).Message;

    private void Save(FeatureMeasuresData? measures)
    {
        var info = new FeatureIndexInfo
        {
            SaeHash = "a", ModelHash = "b", DatasetHash = "c", Dataset = "set", Hook = "layers.4.resid_post", Layer = 4, FrameRate = 50, Features = Features,
            ColumnsMeasured = 1000, ClipsMeasured = 10, TopClips = 1, HistogramBins = 2, Neighbours = 1, KeptDefault = 5, KeptAnyFrame = 5, CreatedUtc = DateTimeOffset.UnixEpoch,
        };
        var data = new FeatureIndexData
        {
            ColumnDensity = new float[Features], ClipDensity = new float[Features], ClipDensityAny = new float[Features], P99 = new float[Features], P99Thin = new byte[Features],
            Maximum = new float[Features], Mean = new float[Features], Variance = new float[Features], Skewness = new float[Features], Kurtosis = new float[Features],
            Positives = new long[Features], Kept = [0, 1, 1, 1, 1, 1], KeptAny = new byte[Features], Hue = new byte[Features], DecoderNorm = new float[Features],
            Histogram = new int[2 * Features], Neighbour = new int[Features], NeighbourCosine = new float[Features], TopClip = new int[Features], TopValue = new float[Features],
            TopColumn = new int[Features], StripStart = new long[Features + 1], StripColumn = [], StripValue = [],
        };
        FeatureIndexWriter.Save(folder["index"], info, data, null, measures);
    }

    private static FeatureMeasuresData Whole() => new()
    {
        Info = new FeatureMeasuresInfo
        {
            Clips = 9, Columns = 900, PositionBins = 4, CoFiring = 1, LagReach = 10, Descriptors = ["level", "pitch"], Concepts = ["inst.bell", "inst.drum"],
            ConceptsChosenOn = "sae-train", ConceptsChosenOnClips = 8, SecondSae = "d", SecondSaeName = "other", OutputScoreColumns = 32,
        },
        PositionHistogram = [.. Enumerable.Range(0, 4 * Features)],
        PositionR2 = [0, 0.05f, 0.5f, 0, 0.01f, 0],
        CoFiring = [-1, 3, -1, -1, -1, -1],
        CoFiringPhi = [0, 0.5f, 0, 0, 0, 0],
        CoFiringLag = [0, -7, 0, 0, 0, 0],
        CoFiringPhiAtLag = [0, 0.75f, 0, 0, 0, 0],
        Correlation = [.. Enumerable.Range(0, 2 * Features).Select(i => i / 12f)],
        Concept = [0, 0, 0, 1, 1, -1],
        ConceptLevel = [0, 2, 0, 0, 1, 0],
        ConceptLag = [0, -2, 0, 0, 3, 0],
        ConceptAuroc = [0.5f, 0.6f, 0.5f, 0.9f, 0.55f, float.NaN],
        ConceptChosenAuroc = [0.5f, 0.65f, 0.5f, 0.9f, 0.55f, float.NaN],
        Stability = [0.9f, 0.9f, 0.9f, 0.9f, 0.95f, 0.9f],
        OutputScore = [1, 2, 3, 4, 5, float.NaN],
        OutputScoreRandom = [0, 0, 1, 1, 1, float.NaN],
    };
}
