using SaeDashboard.Sae.Steering;
using SaeDashboard.Sae.Tests.Features;

namespace SaeDashboard.Sae.Tests.Steering;

public class SteeringScoreTests
{
    [Fact]
    public void Activations_are_summed_from_column_four_on()
    {
        using var sae = RandomSae.Create(1, 8, 24, 5);
        using var columns = RandomSae.Normal(new Random(2), 1, 40, 8);
        using var latents = sae.Encode(columns);
        var sums = SteeringScore.SummedActivations(sae, columns, [.. Enumerable.Range(0, 24)]);
        for (var feature = 0; feature < 24; feature++)
        {
            var expected = RandomSae.Rows(latents).Skip(3).Sum(row => row[feature]);
            Assert.Equal(expected, sums[feature], 1e-6);
        }

        Assert.True(sums.Sum() > 1);
    }

    [Fact]
    public void Arms_are_compared_seed_by_seed()
    {
        var comparison = SteeringScore.Compare([1, 2, 0, 0], [2, 3, 5, 0]);
        Assert.Equal(0.75, comparison.BaselineMean);
        Assert.Equal(2.5, comparison.ArmMean);
        Assert.Equal(10 / 3.0, comparison.Ratio!.Value, 1e-12);
        Assert.Equal((4, 3, 2), (comparison.Seeds, comparison.Raised, comparison.Doubled));
        Assert.Null(SteeringScore.Compare([0], [4]).Ratio);
        Assert.Throws<ArgumentException>(() => SteeringScore.Compare([], []));
        Assert.Throws<ArgumentException>(() => SteeringScore.Compare([1], [1, 2]));
    }

    [Fact]
    public void Random_directions_have_their_norm_and_no_preferred_axis()
    {
        const int Width = 64;
        var mean = new double[Width];
        for (ulong seed = 0; seed < 400; seed++)
        {
            var direction = RandomDirection.Create(seed, Width, 3);
            Assert.Equal(3, Math.Sqrt(direction.Sum(value => (double)value * value)), 1e-5);
            for (var i = 0; i < Width; i++)
                mean[i] += direction[i] / 400.0;
        }

        // Each component has deviation 3/√64; the mean of 400 of them 0.0188: five of those.
        Assert.All(mean, value => Assert.InRange(value, -0.094, 0.094));
        Assert.Equal(RandomDirection.Create(7, Width, 1), RandomDirection.Create(7, Width, 1));
    }
}
