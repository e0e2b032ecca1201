using SaeDashboard.Core.Presets;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Home;
using SaeDashboard.Web.Presets;
using SaeDashboard.Web.Tests.Features;

namespace SaeDashboard.Web.Tests.Home;

/// <summary>What the first page offers to hear.</summary>
public sealed class TeaserPickerTests : IDisposable
{
    private static readonly Actor Ann = new("ann", "Ann");

    private readonly TemporaryFolder folder = new();
    private readonly Database database;
    private readonly PresetRepository presets;

    public TeaserPickerTests()
    {
        database = Database.Open(folder.Path);
        presets = new PresetRepository(database);
    }

    public void Dispose()
    {
        database.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void A_feature_that_a_preset_turns_comes_first_the_plainest_of_them()
    {
        foreach (var path in Directory.GetFiles(Path.Combine(Repository.Root, "demo", "presets"), "*.json")) presets.Add(PresetFile.Read(path), Ann);
        var picked = Picker(new FakeCatalog()).Pick(6);
        Assert.Equal(6, picked.Count);
        var turned = presets.List().Select(preset => preset.Steers[0].Feature).ToHashSet();
        Assert.Contains(picked[0].Row.Index, turned);
        Assert.NotNull(picked[0].Preset);
        // Its name is a person's; the captions' is marked as a guess.
        Assert.All(picked, teaser => Assert.Equal(teaser.Preset is null, teaser.IsGuess));
        Assert.Contains(picked, teaser => teaser.IsGuess);
        Assert.Equal(turned.Max(feature => DemoFeatures.Set.Hint(feature)?.Score ?? 0), DemoFeatures.Set.Hint(picked[0].Row.Index)!.Score);
    }

    [Fact]
    public void Without_presets_there_are_still_different_features_that_sound()
    {
        var picked = Picker(new FakeCatalog()).Pick(9);
        Assert.Equal(9, picked.Count);
        Assert.Equal(9, picked.Select(teaser => teaser.Name).Distinct().Count());
        Assert.All(picked, teaser =>
        {
            Assert.True(teaser.Row.Statistics.Kept);
            Assert.True(Listening.Sounds(teaser.Set, teaser.Row.Top!.Value));
            Assert.DoesNotContain("silence", teaser.Name, StringComparison.OrdinalIgnoreCase);
        });
    }

    [Fact]
    public void With_no_sae_or_no_data_set_there_is_nothing_to_offer()
    {
        Assert.Empty(Picker(new FakeCatalog { Saes = [] }).Pick(6));
        var deaf = new FakeCatalog { Saes = [new CatalogSae { Id = "demo", Name = "demo", Path = DemoFeatures.Sae, State = CatalogState.Ready, HasIndex = true }], Datasets = [] };
        Assert.Empty(Picker(deaf).Pick(6));
    }

    private TeaserPicker Picker(ICatalog catalog) => new(
        new FeatureCatalog(catalog, new ClipLibrary(catalog, new FakeDecoder(folder.Path), new WavCache(folder["clips"], 1 << 20)), new FeatureLabels(new LabelRepository(database), new RatingRepository(database), new CountingStore())), new PresetService(presets, new CountingStore()));
}
