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
}
