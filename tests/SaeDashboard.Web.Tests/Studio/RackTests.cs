using SaeDashboard.Core;
using SaeDashboard.Core.Takes;
using SaeDashboard.Web.Studio;

namespace SaeDashboard.Web.Tests.Studio;

public sealed class RackTests
{
    private static readonly Func<RackStrip, double> P99 = strip => strip.Feature / 10.0;

    private static readonly Func<RackStrip, string?> Own = _ => null;

    [Theory]
    [InlineData("add", 7, 6)]
    [InlineData("add", -100, -6)]
    [InlineData("clamp", 2.346, 2.35)]
    [InlineData("atLeast", -2, 0)]
    [InlineData("scale", -1, 0)]
    [InlineData("add", double.NaN, 0)]
    [InlineData("scale", double.PositiveInfinity, 1)]
    public void A_fader_stays_within_its_modes_range(string mode, double asked, double expected) =>
        Assert.Equal(expected, Rack.Set(new RackStrip(1, 0, mode), asked).Strength, 9);

    [Fact]
    public void Another_mode_keeps_the_fader_where_it_can_stand_there()
    {
        Assert.Equal(new RackStrip(1, 0, "scale"), Rack.Switch(new RackStrip(1, -3), "scale"));
        Assert.Equal(new RackStrip(1, -3, "clamp"), Rack.Switch(new RackStrip(1, -3), "clamp"));
        Assert.Throws<UserException>(() => Rack.Switch(new RackStrip(1, 1), "louder"));
    }

    [Fact]
    public void What_is_muted_does_not_steer_and_a_solo_silences_the_rest()
    {
        RackStrip[] rack = [new(10, 1), new(20, 2, Muted: true), new(30, 3)];
        Assert.Equal([10, 30], Rack.Heard(rack).Select(strip => strip.Feature));
        rack[2] = rack[2] with { Solo = true };
        Assert.Equal([30], Rack.Heard(rack).Select(strip => strip.Feature));
        // A strip that is both is silent, and so is all else: that is what the two buttons say.
        rack[2] = rack[2] with { Muted = true };
        Assert.Empty(Rack.Heard(rack));
    }

    [Fact]
    public void Steers_carry_the_unit_of_their_strength()
    {
        RackStrip[] rack = [new(10, 9), new(20, 2, "ablate"), new(30, .5, "scale")];
        Assert.Equal([new TakeSteer(10, 6, "add", 1), new TakeSteer(20, 0, "ablate", 2), new TakeSteer(30, .5, "scale", 3)], Rack.Steers(rack, P99, Own));
    }

    [Fact]
    public void A_strength_of_zero_still_steers_so_that_the_hook_runs() =>
        Assert.Equal([new TakeSteer(10, 0, "add", 1)], Rack.Steers([new RackStrip(10, 0)], P99, Own));

    [Fact]
    public void A_feature_is_in_the_rack_once_and_a_full_rack_says_so()
    {
        var rack = Rack.Add([], 5);
        Assert.Equal([new RackStrip(5, Rack.FirstStrength)], rack);
        Assert.Same(rack, Rack.Add(rack, 5));
        for (var feature = 100; rack.Count < Rack.MaxFeatures; feature++) rack = Rack.Add(rack, feature);
        Assert.Contains("16", Assert.Throws<UserException>(() => Rack.Add(rack, 7)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_takes_steers_make_the_rack_they_came_from()
    {
        RackStrip[] rack =
        [
            new(10, 2.5) { Envelope = [new(0, 0), new(50, 1)], Onset = 12 }, new(20, 0, "ablate") { Condition = new SteerCondition(4, .5, 2) }, new(30, .5, "scale"), new(40, 2, "atLeast"),
        ];
        Assert.Equal(rack, Rack.From(Rack.Steers(rack, P99, Own), _ => null));
    }

    [Fact]
    public void Strips_of_two_SAEs_stand_side_by_side_and_keep_theirs_when_the_drafts_SAE_changes()
    {
        var rack = Rack.Add(Rack.Add([], 5), 5, "other");
        Assert.Equal(2, rack.Count);
        Assert.Equal(["saes/other"], Rack.Steers(rack, P99, strip => strip.Sae is { } sae ? $"saes/{sae}" : null).Select(steer => steer.SaePath).OfType<string>());
        var turned = Rack.Rebase(rack, "demo", "other");
        Assert.Equal([new StripKey("demo", 5), new StripKey(null, 5)], turned.Select(strip => strip.Key));
        Assert.Equal(rack, Rack.Rebase(turned, "other", "demo"));
    }

    [Theory]
    [InlineData("add", 2.5, -2.5)]
    [InlineData("clamp", -1, 1)]
    [InlineData("scale", 2, 2)]
    [InlineData("atLeast", 2, 2)]
    public void Only_what_has_two_directions_is_inverted(string mode, double strength, double expected) => Assert.Equal(expected, Rack.Invert(new RackStrip(1, strength, mode)).Strength);

    [Fact]
    public void A_surprise_is_near_on_the_scale_and_the_same_for_a_seed()
    {
        RackStrip[] rack = [new(1, 0), new(2, 6), new(3, 1, "scale") { Onset = 4 }, new(4, 0, "ablate"), new(5, 2, "atLeast", Muted: true)];
        var moves = new List<double>();
        for (var seed = 0; seed < 200; seed++)
        {
            var near = Rack.Nearby(rack, new Random(seed));
            Assert.Equal(near, Rack.Nearby(rack, new Random(seed)));
            Assert.All(near.Zip(rack), pair =>
            {
                Assert.Equal(pair.Second, pair.First with { Strength = pair.Second.Strength });
                var (least, most, _) = Rack.Limits(pair.First.Mode);
                Assert.InRange(pair.First.Strength, least, most);
                Assert.InRange(Math.Abs(pair.First.Strength - pair.Second.Strength), 0, 2.3);
            });
            moves.Add(near[0].Strength);
        }
        // Both ways, and mostly small.
        Assert.InRange(moves.Average(), -.3, .3);
        Assert.InRange(moves.Count(move => Math.Abs(move) <= 1), 120, 200);
        Assert.True(moves.Distinct().Count() > 20);
    }

    [Fact]
    public void Equal_envelopes_make_equal_strips() =>
        Assert.Equal(new RackStrip(1, 2) { Envelope = [new(0, .5), new(9, 1)] }, new RackStrip(1, 2) { Envelope = new List<EnvelopePoint> { new(0, .5), new(9, 1) } });
}
