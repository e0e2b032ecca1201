using SaeDashboard.Web.Studio;

namespace SaeDashboard.Web.Tests.Studio;

/// <summary>Racks between two racks.</summary>
public sealed class MorphTests
{
    private static readonly RackStrip[] One = [new(1, 2), new(2, 4), new(3, 3, "clamp"), new(4, 2)];
    private static readonly RackStrip[] Other = [new(1, -2), new(5, 3, "scale"), new(4, 0, "ablate")];

    [Fact]
    public void Both_ends_are_the_racks_themselves()
    {
        Assert.Equal(One, Morph.At(One, Other, 0));
        Assert.Equal(Other.OrderBy(strip => strip.Feature), Morph.At(One, Other, 1).OrderBy(strip => strip.Feature));
        Assert.Equal(One, Morph.At(One, Other, double.NaN));
        Assert.Equal(One, Morph.At(One, One, .37));
    }

    [Fact]
    public void Between_them_strengths_go_straight_and_what_one_rack_lacks_comes_or_goes()
    {
        var near = Morph.At(One, Other, .25).ToDictionary(strip => strip.Feature);
        Assert.Equal(new RackStrip(1, 1), near[1]);
        Assert.Equal(new RackStrip(2, 3), near[2]);
        // A clamp to less would be another effect: a part of it is a level.
        Assert.Equal(new RackStrip(3, 3, "clamp") { Envelope = [new(0, .75)] }, near[3]);
        // A factor of 1 changes nothing.
        Assert.Equal(new RackStrip(5, 1.5, "scale"), near[5]);
        // Another mode: to where it changes nothing, and on from there.
        Assert.Equal(new RackStrip(4, 1), near[4]);
        Assert.Equal(new RackStrip(4, 0, "ablate") { Envelope = [new(0, .5)] }, Morph.At(One, Other, .75).Single(strip => strip.Feature == 4));
        Assert.DoesNotContain(Morph.At(One, Other, .5), strip => strip.Feature == 4);
    }

    [Fact]
    public void A_drawn_envelope_is_kept_in_its_shape() =>
        Assert.Equal(new EnvelopePoint[] { new(0, .1), new(50, .5) }, Morph.At([new(1, 2, "ablate") { Envelope = [new(0, .2), new(50, 1)] }], [], .5)[0].Envelope!);

    [Fact]
    public void A_threshold_of_one_condition_goes_straight_and_another_condition_is_the_nearer_ones()
    {
        RackStrip[] one = [new(1, 2) { Condition = new(9, 1, .5) }], other = [new(1, 2) { Condition = new(9, 2, .5) }];
        Assert.Equal(new SteerCondition(9, 1.25, .5), Morph.At(one, other, .25)[0].Condition);
        Assert.Equal(new SteerCondition(9, 1.75, .5), Morph.At(one, other, .75)[0].Condition);
        Assert.Empty(Morph.OfTheNearer(one, other));
        // Of another feature, in another unit, of another SAE, or on one side alone, there is nothing between them.
        foreach (var condition in (SteerCondition?[])[new(8, 2, .5), new(9, 2, .7), new(9, 2, .5) { Sae = "sae-b" }, null])
        {
            RackStrip[] apart = [one[0] with { Strength = 4, Condition = condition }];
            Assert.Equal(new RackStrip(1, 2.5) { Condition = one[0].Condition }, Morph.At(one, apart, .25)[0]);
            Assert.Equal(new RackStrip(1, 3.5) { Condition = condition }, Morph.At(one, apart, .75)[0]);
            Assert.Equal(["conditions"], Morph.OfTheNearer(one, apart));
        }
        // A condition that names its strip's own SAE is the same as one that names none.
        RackStrip[] named = [new(1, 2) { Sae = "sae-a", Condition = new(9, 1, .5) { Sae = "sae-a" } }], unnamed = [new(1, 2) { Sae = "sae-a", Condition = new(9, 3, .5) }];
        Assert.Equal(2, Morph.At(named, unnamed, .5)[0].Condition!.Threshold);
    }

    [Fact]
    public void Moves_are_the_nearer_racks_and_those_of_a_strip_that_comes_or_goes_do_so_with_it()
    {
        RackStrip moved = new(1, 2) { Moves = [new(50, 4), new(90, -1, true)] }, still = new(1, 4);
        Assert.Equal(new RackStrip(1, 2.5) { Moves = moved.Moves }, Morph.At([moved], [still], .25)[0]);
        Assert.Equal(new RackStrip(1, 3.5), Morph.At([moved], [still], .75)[0]);
        Assert.Equal(moved, Morph.At([moved], [still], 0)[0]);
        Assert.Equal(moved, Morph.At([still], [moved], 1)[0]);
        Assert.Equal(["recorded moves"], Morph.OfTheNearer([moved], [still]));
        Assert.Equal(["recorded moves", "envelopes", "onsets"], Morph.OfTheNearer([moved], [still with { Envelope = [new(0, 0), new(9, 1)], Onset = 5 }]));
        Assert.Equal(new RackStrip(1, .5) { Moves = [new(50, 1), new(90, -.25, true)] }, Morph.At([moved], [], .75)[0]);
        // A factor of 1 changes nothing.
        Assert.Equal(new RackStrip(1, 2, "scale") { Moves = [new(50, 1.5)] }, Morph.At([], [new(1, 3, "scale") { Moves = [new(50, 2)] }], .5)[0]);
        // The envelope of a clamp acts on its moves as well.
        Assert.Equal(new RackStrip(1, 3, "clamp") { Moves = [new(50, 2)], Envelope = [new(0, .5)] }, Morph.At([new(1, 3, "clamp") { Moves = [new(50, 2)] }], [], .5)[0]);
        // What one rack alone has, or has in another mode, is not a choice between the two.
        Assert.Empty(Morph.OfTheNearer([moved], [new(2, 1), still with { Mode = "ablate" }]));
    }

    [Fact]
    public void Strengths_of_two_units_meet_in_the_nearer_ones()
    {
        // 2 × 0.5 and 2 × 0.4: raw 1 and 0.8.
        RackStrip older = new(1, 2) { Unit = .5 }, newer = new(1, 2);
        double P99(RackStrip strip) => strip.Unit ?? .4;
        Assert.Equal(older with { Strength = 1.9 }, Morph.At([older], [newer], .25, P99)[0]);
        Assert.Equal(newer with { Strength = 2.12 }, Morph.At([older], [newer], .75, P99)[0]);
        Assert.Equal(2, Morph.At([older with { Mode = "scale" }], [newer with { Mode = "scale" }], .25, P99)[0].Strength);
    }
}
