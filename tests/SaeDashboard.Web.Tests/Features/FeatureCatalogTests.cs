using SaeDashboard.Storage;
using SaeDashboard.Web.Features;

namespace SaeDashboard.Web.Tests.Features;

/// <summary>Paging through the features of an SAE.</summary>
public sealed class FeatureCatalogTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly Database database;
    private readonly LabelRepository labels;
    private readonly FeatureCatalog features;

    public FeatureCatalogTests()
    {
        database = Database.Open(folder.Path);
        labels = new LabelRepository(database);
        var catalog = new FakeCatalog();
        features = new FeatureCatalog(catalog, new ClipLibrary(catalog, new FakeDecoder(folder.Path), new WavCache(folder["clips"], 1 << 20)), new FeatureLabels(labels, new RatingRepository(database), new CountingStore()));
    }

    public void Dispose()
    {
        database.Dispose();
        folder.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void All_pages_together_are_the_list_without_gap_or_repeat(bool all)
    {
        var query = new FeatureQuery { Sort = FeatureSort.Density, All = all };
        var seen = new List<int>();
        for (var page = 1; ; page++)
        {
            var found = features.Query("demo", query with { Page = page })!;
            Assert.Equal(page, found.Page);
            seen.AddRange(found.Rows.Select(row => row.Index));
            if (page == found.Pages)
            {
                Assert.Equal(found.Total, seen.Count);
                break;
            }
            Assert.Equal(FeaturePage.Size, found.Rows.Count);
        }
        Assert.Equal(FeatureFilter.Apply(DemoFeatures.Set, new Dictionary<int, CurrentLabel>(), query), seen);
        Assert.Equal(all ? DemoFeatures.Set.Index.Count : DemoFeatures.Set.Index.Info.KeptDefault, seen.Count);
    }

    [Fact]
    public void A_page_beyond_the_end_is_the_last_one_and_an_empty_list_has_one()
    {
        var last = features.Query("demo", new FeatureQuery { Page = 10_000 })!;
        Assert.Equal(last.Pages, last.Page);
        Assert.NotEmpty(last.Rows);
        var none = features.Query("demo", new FeatureQuery { Text = "no such sound", Page = 4 })!;
        Assert.Equal((1, 0), (none.Page, none.Total));
        Assert.Null(features.Query("other", FeatureQuery.Default));
    }

    [Fact]
    public void An_open_features_list_is_the_page_it_is_on()
    {
        var set = features.Open("demo")!;
        var query = new FeatureQuery { Sort = FeatureSort.Maximum };
        var order = FeatureFilter.Apply(set, new Dictionary<int, CurrentLabel>(), query);
        foreach (var place in new[] { 0, 49, 50, 777, order.Length - 1 })
        {
            var page = FeatureCatalog.PageAround(set, features.Labels(set), query, order[place]);
            Assert.Equal(place / FeaturePage.Size + 1, page.Page);
            Assert.Contains(order[place], page.Rows.Select(row => row.Index));
        }
    }

    [Fact]
    public void A_feature_that_left_the_list_keeps_its_place_in_it()
    {
        var set = features.Open("demo")!;
        var query = new FeatureQuery { Label = LabelFilter.Unlabelled };
        var before = FeatureFilter.Apply(set, features.Labels(set), query);
        foreach (var place in new[] { 0, 49, 50, 777, before.Length - 1 })
        {
            var feature = before[place];
            labels.Add(new FeatureKey(set.SaeHash, feature), "named", null, new Actor("ann", "Ann"));
            var page = FeatureCatalog.PageAround(set, features.Labels(set), query, feature);
            Assert.False(page.Contains);
            Assert.Equal(place + 1 < before.Length ? before[place + 1] : null, page.Gap);
            if (page.Gap is { } next) Assert.Contains(next, page.Rows.Select(row => row.Index));
            else Assert.Equal(page.Pages, page.Page);
            labels.Add(new FeatureKey(set.SaeHash, feature), "", null, new Actor("ann", "Ann"));
        }
    }

    [Fact]
    public void The_largest_activation_is_never_below_the_strongest_clips()
    {
        var set = features.Open("demo")!;
        var rows = FeatureFilter.Apply(set, features.Labels(set), new FeatureQuery { All = true, Sort = FeatureSort.Maximum }).Select(feature => features.Row(set, feature)).ToList();
        Assert.All(rows, row => Assert.True(row.Top is null || row.Largest >= row.Top.Value.Value));
        Assert.Contains(rows, row => row.Largest > row.Statistics.Maximum);
        Assert.Equal(rows.Select(row => row.Largest).OrderDescending(), rows.Select(row => row.Largest));
    }

    [Fact]
    public void A_new_label_is_in_the_list_at_once()
    {
        var set = features.Open("demo")!;
        labels.Add(new FeatureKey(set.SaeHash, 42), "an unheard-of sound", null, new Actor("ann", "Ann"));
        var found = features.Query("demo", new FeatureQuery { Text = "unheard-of", All = true })!;
        Assert.Equal([42], found.Rows.Select(row => row.Index));
        Assert.Equal("an unheard-of sound", found.Rows[0].Title);
        Assert.Same(set, features.Open("demo"));
    }

    [Fact]
    public void The_SAE_that_is_being_labelled_comes_before_one_that_was_just_trained()
    {
        var demo = new FakeCatalog().Saes[0] with { Hash = DemoFeatures.Set.SaeHash, Shipped = true };
        var catalog = new FakeCatalog { Saes = [demo, demo with { Id = "sweep", Hash = "5weep", Shipped = false, ModifiedUtc = DateTimeOffset.UtcNow }] };
        var naming = new FeatureLabels(labels, new RatingRepository(database), new CountingStore());
        var both = new FeatureCatalog(catalog, new ClipLibrary(catalog, new FakeDecoder(folder.Path), new WavCache(folder["clips"], 1 << 20)), naming);
        Assert.Equal(["sweep", "demo"], both.Saes.Select(sae => sae.Id));
        naming.Name(new FeatureKey(DemoFeatures.Set.SaeHash, 7), "taiko", null, new Actor("local", "Ann"));
        Assert.Equal(["demo", "sweep"], both.Saes.Select(sae => sae.Id));
    }
}
