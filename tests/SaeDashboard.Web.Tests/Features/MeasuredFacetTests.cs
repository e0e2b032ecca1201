using SaeDashboard.Core.Features;
using SaeDashboard.Storage;
using SaeDashboard.Web.Features;

namespace SaeDashboard.Web.Tests.Features;

/// <summary>Filters, facets and orders of what an index measures: best concept, stability, mystery guests. The index is made up.</summary>
public sealed class MeasuredFacetTests : IDisposable
{
    private const int Features = 300;

    private static readonly string[] Concepts = ["piano", "drums", "bass"];

    private readonly TemporaryFolder folder = new();
    private readonly FeatureSet set;

    public MeasuredFacetTests() => set = new FeatureSet(Make(folder["index"]), null, null);

    private FeatureMeasures Measures => set.Index.Measures!;

    public void Dispose()
    {
        set.Index.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void A_concept_a_least_stability_and_guests_filter_as_a_plain_reading_does()
    {
        Assert.Equal(All(feature => Measures.BestConcept(feature)?.Concept == "drums"), Find("concept=drums"));
        Assert.Equal(All(feature => Measures.Stability[feature] >= 0.7), Find("stability=0.7"));
        Assert.Equal(All(feature => set.Index.GuestRank(feature) is not null), Find("guests=1"));
        Assert.Equal(All(feature => Measures.BestConcept(feature)?.Concept == "bass" && Measures.Stability[feature] >= 0.5), Find("concept=bass&stability=0.5"));
        Assert.Empty(Find("concept=none"));
        Assert.NotEmpty(Find("guests=1"));
    }

    [Fact]
    public void Facets_count_what_a_choice_would_show()
    {
        foreach (var url in new[] { "", "concept=drums&stability=0.7", "guests=1&concept=piano" })
        {
            var query = FeatureQuery.OfText(url + "&all=1");
            var facets = FeatureCatalog.PageOf(set, new Dictionary<int, CurrentLabel>(), query).Facets;
            Assert.All(facets.Concepts, each => Assert.Equal(Count(query with { Concept = each.Concept }), each.Features));
            for (var step = 0; step < FacetCounts.StabilitySteps.Count; step++) Assert.Equal(Count(query with { MinStability = FacetCounts.StabilitySteps[step] }), facets.Stability![step]);
            Assert.Equal(Count(query with { Guests = true }), facets.Guests);
        }
    }

    [Theory]
    [InlineData("stability")]
    [InlineData("concept")]
    [InlineData("guests")]
    public void An_order_puts_features_without_the_figure_last_in_either_direction(string sort)
    {
        Func<int, double?> key = sort switch
        {
            "stability" => feature => float.IsNaN(Measures.Stability[feature]) ? null : Measures.Stability[feature],
            "concept" => feature => float.IsNaN(Measures.ConceptAuroc[feature]) ? null : Measures.ConceptAuroc[feature],
            _ => feature => set.Index.GuestRank(feature),
        };
        var known = Enumerable.Range(0, Features).Where(feature => key(feature) is not null).ToArray();
        var unknown = Enumerable.Range(0, Features).Where(feature => key(feature) is null);
        int[] up = [.. known.OrderBy(key).ThenBy(feature => feature).Concat(unknown)], down = [.. known.OrderByDescending(key).ThenBy(feature => feature).Concat(unknown)];
        Assert.Equal(sort == "guests" ? up : down, Find($"sort={sort}", keepOrder: true));
        Assert.Equal(sort == "guests" ? down : up, Find($"sort={sort}&reverse=1", keepOrder: true));
    }

    private int[] All(Func<int, bool> fits) => [.. Enumerable.Range(0, Features).Where(fits)];

    private int[] Find(string query, bool keepOrder = false)
    {
        var found = FeatureFilter.Apply(set, new Dictionary<int, CurrentLabel>(), FeatureQuery.OfText(query + "&all=1"));
        return keepOrder ? found : [.. found.Order()];
    }

    private int Count(FeatureQuery query) => FeatureFilter.Apply(set, new Dictionary<int, CurrentLabel>(), query).Length;

    private static FeatureIndex Make(string folder)
    {
        var random = new Random(4);
        // Some are not known.
        float[] Values(double missing = 0) => [.. Enumerable.Range(0, Features).Select(_ => random.NextDouble() < missing ? float.NaN : (float)Math.Round(random.NextDouble(), 2))];
        var hash = new string('a', 64);
        var info = new FeatureIndexInfo
        {
            SaeHash = hash, ModelHash = hash, DatasetHash = hash, Dataset = "none", Hook = "layers.4.resid_post", Layer = 4, FrameRate = 50, Features = Features, ColumnsMeasured = 1000, ClipsMeasured = 10,
            TopClips = 1, HistogramBins = 1, Neighbours = 1, KeptDefault = Features, KeptAnyFrame = Features, CreatedUtc = DateTimeOffset.UtcNow,
        };
        var ones = Enumerable.Repeat((byte)1, Features).ToArray();
        FeatureIndexWriter.Save(folder, info, new FeatureIndexData
        {
            ColumnDensity = Values(), ClipDensity = Values(), ClipDensityAny = Values(), P99 = Values(), P99Thin = new byte[Features], Maximum = Values(), Mean = Values(), Variance = Values(), Skewness = Values(),
            Kurtosis = Values(), Positives = new long[Features], Kept = ones, KeptAny = ones, Hue = new byte[Features], DecoderNorm = Values(), Histogram = new int[Features], Neighbour = new int[Features],
            NeighbourCosine = new float[Features], TopClip = new int[Features], TopValue = new float[Features], TopColumn = new int[Features],
            StripStart = [.. Enumerable.Range(0, Features + 1).Select(at => (long)at)], StripColumn = new byte[Features], StripValue = new byte[Features],
        }, measures: new FeatureMeasuresData
        {
            Info = new FeatureMeasuresInfo { Clips = 10, Columns = 1000, PositionBins = 1, CoFiring = 1, Concepts = Concepts, SecondSae = hash },
            PositionHistogram = new int[Features], PositionR2 = [.. Values().Select(value => value / 3)], CoFiring = new int[Features], CoFiringPhi = new float[Features], CoFiringLag = new int[Features], CoFiringPhiAtLag = new float[Features],
            Stability = Values(0.1), Concept = [.. Enumerable.Range(0, Features).Select(_ => random.Next(-1, Concepts.Length))], ConceptLevel = new byte[Features], ConceptLag = new int[Features],
            ConceptAuroc = Values(0.1), ConceptChosenAuroc = Values(),
        });
        return FeatureIndex.Open(folder);
    }
}
