using Microsoft.Extensions.DependencyInjection;
using SaeDashboard.Core.Presets;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Presets;
using SaeDashboard.Web.Tests.Features;

namespace SaeDashboard.Web.Tests.Presets;

/// <summary>What a preset with several SAEs needs and shows.</summary>
public sealed class PresetNeedsTests
{
    private static readonly string Own = new('1', 64), Other = new('2', 64);

    [Fact]
    public async Task A_preset_needs_every_SAE_that_it_names()
    {
        var preset = PresetFixture.Demo() with
        {
            Sae = new PresetSae("Own", Own, "layers.4.resid_post"),
            Saes = [new PresetSae("Other", Other, "layers.6.resid_post")],
            Steers =
            [
                new PresetSteer(7, 2, "add", 0.5),
                new PresetSteer(7, 1, "add", 0.5) { Sae = Other, Onset = 12, Envelope = [new(0, 0), new(20, 1)], Condition = new SteerCondition(9, 0.25, 1), Muted = true },
            ],
        };
        CatalogModel model = new() { Id = "demo", Name = "Demo", Path = "/m", State = CatalogState.Ready, Hash = preset.Model.WeightsHash, CodecHash = preset.Model.CodecHash };
        CatalogSae Sae(string id, string hash) => new() { Id = id, Name = "Here " + id, Path = DemoFeatures.Sae, State = CatalogState.Ready, HasIndex = true, DatasetId = "demo", ModelId = "demo", Hash = hash };

        var one = PresetNeeds.Of(preset, new FakeCatalog { Models = [model], Saes = [Sae("own", Own)] });
        Assert.False(one.Generates);
        Assert.Equal("Other", Assert.Single(one.MissingSaes).Name);
        Assert.Equal(("Here own", "Other"), (one.NameOf(preset.Sae), one.NameOf(preset.Saes![0])));
        var both = new FakeCatalog { Models = [model], Saes = [Sae("own", Own), Sae("other", Other)] };
        Assert.True(PresetNeeds.Of(preset, both).Generates);

        await using var site = await FeatureSite.StartAsync(_ => { }, services => services.AddSingleton<ICatalog>(both));
        site.Get<FeatureLabels>().Name(new FeatureKey(Own, 7), "of the first", null, new Actor("ada", "Ada"));
        site.Get<FeatureLabels>().Name(new FeatureKey(Other, 7), "of the second", null, new Actor("ada", "Ada"));
        var views = new SteerViews(both, site.Get<FeatureCatalog>(), site.Get<FeatureLabels>()).Of(Own, preset.Steers);
        Assert.Equal([("of the first", "features/own/7", null), ("of the second", "features/other/7", "from column 12 on, envelope of 2 points, where #9 is above 0.25 × p99, off until a move turns it on")],
            views.Select(view => (view.Name, view.Href, view.How)));
    }
}
