using SaeDashboard.Sae.Features;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Tests.Features;

/// <summary>Norms, hues and neighbours, as the feature index has them.</summary>
public class DecoderGeometryTests
{
    private const int Width = 9;
    private const int Features = 80;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Norms_and_neighbours_equal_brute_force(bool rescale)
    {
        using var sae = RandomSae.Create(3, Width, Features, 4, rescale: rescale);
        var data = Data(sae);
        var directions = RandomSae.Rows(sae.Directions());
        for (var feature = 0; feature < Features; feature++)
        {
            Assert.Equal(Norm(directions[feature]), data.DecoderNorm[feature], 1e-5);
            if (rescale)
                Assert.Equal(1, data.DecoderNorm[feature], 1e-5);
            var nearest = Enumerable.Range(0, Features).Where(other => other != feature)
                .Select(other => Cosine(directions[feature], directions[other])).OrderDescending().Take(8).ToArray();
            for (var i = 0; i < 8; i++)
            {
                var other = data.Neighbour[feature * 8 + i];
                Assert.NotEqual(feature, other);
                Assert.Equal(nearest[i], data.NeighbourCosine[feature * 8 + i], 2e-6);
                Assert.Equal(nearest[i], Cosine(directions[feature], directions[other]), 2e-6);
            }

            Assert.Equal(8, data.Neighbour.Skip(feature * 8).Take(8).Distinct().Count());
        }
    }

    [Fact]
    public void Twins_and_dead_directions_have_neighbours_that_are_not_themselves()
    {
        using var sae = RandomSae.Create(3, Width, 12, 4);
        using (var rows = sae.WDec.narrow(0, 0, 10))
            rows.copy_(ones(10, Width));
        using (var dead = sae.WDec.select(0, 11))
            dead.zero_();
        var data = Data(sae);
        for (var feature = 0; feature < 12; feature++)
            Assert.DoesNotContain(feature, data.Neighbour.Skip(feature * 8).Take(8));
        Assert.Equal(0, data.DecoderNorm[11]);
        Assert.All(data.NeighbourCosine.Skip(11 * 8).Take(8), cosine => Assert.Equal(0, cosine));
        Assert.All(data.NeighbourCosine.Take(80), cosine => Assert.Equal(1, cosine, 1e-6));
    }

    [Fact]
    public void A_dictionary_smaller_than_nine_says_that_there_are_no_more()
    {
        using var sae = RandomSae.Create(3, Width, 5, 2);
        var data = Data(sae);
        for (var feature = 0; feature < 5; feature++)
        {
            Assert.Equal([-1, -1, -1, -1], data.Neighbour.Skip(feature * 8 + 4).Take(4));
            Assert.Equal(Enumerable.Range(0, 5).Where(other => other != feature), data.Neighbour.Skip(feature * 8).Take(4).Order());
        }
    }

    [Fact]
    public void Hues_do_not_know_the_length_of_a_direction_or_the_order_of_features()
    {
        using var sae = Spread();
        var hues = Data(sae).Hue;
        Assert.All(hues, hue => Assert.InRange(hue, 0, 23));
        Assert.True(hues.Distinct().Count() > 12, "Directions all around should have most hues.");

        using var longer = Spread();
        using (var scale = arange(1, Features + 1).to(ScalarType.Float32).unsqueeze(1))
            longer.WDec.mul_(scale);
        AssertMostly(hues, Data(longer).Hue);

        using var reordered = Spread();
        using (var flipped = reordered.WDec.flip(0).clone())
            reordered.WDec.copy_(flipped);
        AssertMostly(hues, [.. Data(reordered).Hue.Reverse()]);
        Assert.Equal(hues, Data(sae).Hue);
    }

    [Fact]
    public void Opposite_directions_have_opposite_hues_and_near_ones_the_same()
    {
        // Pairs j and j + F/2 are opposite, so the mean is 0 and opposite scores follow exactly.
        using var sae = Spread();
        var half = Features / 2;
        using (var second = sae.WDec.narrow(0, half, half))
        using (var first = sae.WDec.narrow(0, 0, half).neg())
            second.copy_(first);
        var hues = Data(sae).Hue;
        for (var feature = 0; feature < half; feature++)
            Assert.InRange(Circle(hues[feature], hues[feature + half]), 11, 12);

        using var near = Spread();
        using (var all = near.WDec.narrow(0, 1, 1))
        using (var twin = near.WDec.narrow(0, 0, 1).Mul(1.5f))
            all.copy_(twin);
        Assert.Equal(Data(near).Hue[0], Data(near).Hue[1]);
    }

    [Fact]
    public void In_a_plane_the_hue_is_the_angle()
    {
        // An ellipse of directions, long along dimension 2 and then 5: unit length makes it a circle with more points near the long axis.
        using var sae = Spread();
        var values = new float[Features * Width];
        var angles = new double[Features];
        for (var feature = 0; feature < Features; feature++)
        {
            var angle = 2 * Math.PI * (feature + 0.5) / Features;
            values[feature * Width + 2] = (float)(2 * Math.Cos(angle));
            values[feature * Width + 5] = (float)Math.Sin(angle);
            angles[feature] = Math.Atan2(Math.Sin(angle), 2 * Math.Cos(angle));
        }

        using (var plane = tensor(values).reshape(Features, Width))
            sae.WDec.copy_(plane);
        var hues = Data(sae).Hue;
        for (var feature = 0; feature < Features; feature++)
            Assert.Equal((int)Math.Round(angles[feature] / (2 * Math.PI) * 24 + 24) % 24, hues[feature]);
    }

    /// <summary>Directions with two dimensions that stand out, so that the principal plane is well defined.</summary>
    private static SparseAutoencoder Spread()
    {
        var sae = RandomSae.Create(3, Width, Features, 4);
        using var scale = tensor([1f, 4f, 1f, 2.5f, 1f, 1f, 1f, 1f, 1f]);
        sae.WDec.mul_(scale);
        return sae;
    }

    private static Core.Features.FeatureIndexData Data(SparseAutoencoder sae) => FeatureIndexBuilder.Build(
        sae, MemorySource.Random(1, Width, 60, 2), null, new FeatureIndexOrigin("m", "d", "n", "layers.1.resid_post", 1, 50),
        cancellation: TestContext.Current.CancellationToken).Data;

    // A direction exactly between two steps may fall either way by rounding.
    private static void AssertMostly(byte[] expected, byte[] actual)
    {
        Assert.All(expected.Zip(actual), pair => Assert.InRange(Circle(pair.First, pair.Second), 0, 1));
        Assert.True(expected.Zip(actual).Count(pair => pair.First != pair.Second) <= 1);
    }

    private static int Circle(int a, int b) => Math.Min((a - b + 24) % 24, (b - a + 24) % 24);

    private static double Norm(double[] values) => Math.Sqrt(values.Sum(value => value * value));

    private static double Cosine(double[] a, double[] b) => a.Zip(b, (p, q) => p * q).Sum() / Norm(a) / Norm(b);
}
