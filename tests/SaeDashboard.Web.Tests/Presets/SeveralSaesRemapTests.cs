using Microsoft.Extensions.DependencyInjection;
using SaeDashboard.Core;
using SaeDashboard.Core.Presets;
using SaeDashboard.Core.Saes;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Presets;
using SaeDashboard.Web.Tests.Features;

namespace SaeDashboard.Web.Tests.Presets;

/// <summary>A preset with several SAEs, conditions and moves in another SAE: what is replaced, what stays, what is refused.</summary>
public sealed class SeveralSaesRemapTests
{
    private static readonly string Own = new('1', 64), Earlier = new('2', 64), Other = new('3', 64);

    private static readonly CatalogSae Target = Sae("target", Other, "layers.4.resid_post");

    [Fact]
    public async Task Strips_and_conditions_of_the_layer_are_replaced_the_rest_stays_and_moves_stay_with_their_strips()
    {
        await using var site = await SiteAsync(Target, Sae("earlier", Earlier, "layers.2.resid_post"));
        var preset = Several();
        var mapped = await Remap(site).OfAsync(preset, Target, TestContext.Current.CancellationToken);
        Assert.Equal([(448, true, false), (5, true, true), (-1, false, false)], mapped.Select(each => (each.Used ? each.Feature : -1, each.Used, each.Stays)));
        Assert.Equal((448, false, 1.0), (mapped[1].Condition!.Feature, mapped[1].Condition!.Stays, Math.Round(mapped[1].Condition!.Cosine, 3)));
        Assert.True(mapped[0].Condition!.Stays);

        // The same change of the residual stream, computed here: α·p99·‖d‖.
        var index = site.Get<FeatureCatalog>().Open(Target.Id)!.Index;
        var factor = 0.5 * Norm(Row()) / (index.P99[448] * index[448].DecoderNorm);
        Assert.Equal(2 * factor, mapped[0].Strength, 0.006);
        Assert.Equal(0.8 * factor, mapped[1].Condition!.Threshold, 0.0006);

        var settings = PresetRemap.With(preset, Target, mapped).Settings;
        Assert.Equal(Other, PresetRemap.With(preset, Target, mapped).SaeHash);
        Assert.Equal([(448, (string?)null), (5, Earlier)], settings.Steers.Select(steer => (steer.Feature, steer.SaePath)));
        Assert.Equal(preset.Steers[0].Envelope!, settings.Steers[0].Envelope!);
        // The first strip's condition is on the other SAE's feature, as it was; the second one's on the counterpart.
        Assert.Equal((9, Earlier, 0.5), (settings.Steers[0].Condition!.Feature, settings.Steers[0].Condition!.Sae, settings.Steers[0].Condition!.Threshold));
        Assert.Equal((448, Other), (settings.Steers[1].Condition!.Feature, settings.Steers[1].Condition!.Sae));
        Assert.Equal([(10, 0), (30, 1)], settings.Moves!.Select(move => (move.Column, move.Strip)));
        Assert.Equal(factor, settings.Moves![0].Strength, 0.006);
        Assert.Equal(3, settings.Moves[1].Strength);
        Assert.Null(TakeRules.Problem(settings));
    }

    [Fact]
    public async Task What_is_not_well_defined_is_refused_in_words()
    {
        await using var site = await SiteAsync(Target, Sae("elsewhere", new string('4', 64), "layers.9.resid_post"));
        var preset = Several();
        await Refused(preset, Target, "also steers with the SAE “Earlier” at another layer, which stays as it is and is not here");
        await Refused(preset, site.Get<ICatalog>().Sae("elsewhere")!, "steers at layers.4.resid_post and layers.2.resid_post, and “elsewhere” reads at layers.9.resid_post");
        // A condition on a feature whose direction the file does not carry.
        await Refused(preset with { Saes = null, Steers = [preset.Steers[0] with { Condition = new SteerCondition(33, 1, 0.5) }] }, Target, "does not carry the direction of #33");
        Assert.Equal(["target", "elsewhere"], Remap(site).Targets(preset).Select(sae => sae.Id));
        Assert.Empty(Remap(site).Targets(preset with { Sae = preset.Sae with { WeightsHash = Other }, Saes = [new PresetSae("x", new string('4', 64), "layers.9.resid_post")] }));

        async Task Refused(SteeringPreset what, CatalogSae target, string why) =>
            Assert.Contains(why, (await Assert.ThrowsAsync<UserException>(() => Remap(site).OfAsync(what, target, TestContext.Current.CancellationToken))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_strip_whose_condition_has_no_counterpart_is_left_out_and_one_SAE_may_be_of_another_layer()
    {
        await using var site = await SiteAsync(Target);
        var row = DecoderDirection.ToBase64(Row());
        var preset = Several() with
        {
            Sae = new PresetSae("Own", Own, "layers.7.resid_post"),
            Saes = null,
            // The condition's feature is steered too, in a direction that nothing here has.
            Steers = [new PresetSteer(1, 2, "add", 0.5, null, row) { Condition = new SteerCondition(2, 1, 0.5) }, new PresetSteer(2, 1, "add", 0.5, null, Odd()), new PresetSteer(3, 1.234, "scale", 0.5, null, row)],
            Moves = [new KnobMove(5, 0, 1), new KnobMove(6, 2, 2.345)],
        };
        var mapped = await Remap(site).OfAsync(preset, Target, TestContext.Current.CancellationToken);
        Assert.Equal([false, false, true], mapped.Select(each => each.Used));
        var settings = PresetRemap.With(preset, Target, mapped).Settings;
        // A factor stays a factor, in moves too.
        Assert.Equal((448, 1.234), (Assert.Single(settings.Steers).Feature, settings.Steers[0].Strength));
        Assert.Equal(new KnobMove(6, 0, 2.345), Assert.Single(settings.Moves!));
    }

    private static SteeringPreset Several() => PresetFixture.Demo() with
    {
        Sae = new PresetSae("Own", Own, "layers.4.resid_post"),
        Saes = [new PresetSae("Earlier", Earlier, "layers.2.resid_post")],
        Steers =
        [
            new PresetSteer(1, 2, "add", 0.5, "first", DecoderDirection.ToBase64(Row())) { Envelope = [new(0, 0), new(20, 1)], Condition = new SteerCondition(9, 0.5, 0.5) { Sae = Earlier } },
            new PresetSteer(5, 1, "add", 0.5) { Sae = Earlier, Condition = new SteerCondition(1, 0.8, 0.5) { Sae = Own } },
            new PresetSteer(2, 1, "add", 0.5, null, Odd()),
        ],
        Moves = [new KnobMove(10, 0, 1), new KnobMove(20, 2, 1), new KnobMove(30, 1, 3)],
    };

    private static float[] Row() => DecoderRows.Read(DemoFeatures.Sae, [448])[0];

    /// <summary>One channel alone: near to no feature.</summary>
    private static string Odd() => DecoderDirection.ToBase64([.. Row().Select((_, place) => place == 3 ? 1f : 0f)])!;

    private static double Norm(float[] row) => Math.Sqrt(row.Sum(value => (double)value * value));

    private static CatalogSae Sae(string id, string hash, string hook) =>
        new() { Id = id, Name = id, Path = DemoFeatures.Sae, State = CatalogState.Ready, HasIndex = true, DatasetId = "demo", ModelId = "demo", Hook = hook, Hash = hash };

    private static Task<FeatureSite> SiteAsync(params CatalogSae[] saes) => FeatureSite.StartAsync(_ => { }, services => services.AddSingleton<ICatalog>(new FakeCatalog { Saes = saes }));

    private static PresetRemap Remap(FeatureSite site) => new(site.Get<ICatalog>(), site.Get<FeatureCatalog>(), site.Get<FeatureLabels>());
}
