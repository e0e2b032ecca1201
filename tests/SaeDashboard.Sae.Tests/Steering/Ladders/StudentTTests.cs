using SaeDashboard.Sae.Steering.Ladders;
using SaeDashboard.Sae.Steering.Trials;

namespace SaeDashboard.Sae.Tests.Steering.Ladders;

/// <summary>Student's t against printed tables, against the density integrated, against the bootstrap, and by its own promise.</summary>
public sealed class StudentTTests
{
    [Theory]
    // R: qt(p, df).
    [InlineData(0.975, 1, 12.706204736432095)]
    [InlineData(0.975, 7, 2.364624251592784)]
    [InlineData(0.975, 15, 2.131449545559323)]
    [InlineData(0.995, 7, 3.499483297350493)]
    [InlineData(0.995833333333333, 7, 3.635799)]
    [InlineData(0.975, 1000, 1.962339080773)]
    public void Quantiles_are_those_of_tables(double probability, int freedom, double expected) =>
        Assert.Equal(expected, StudentT.Quantile(probability, freedom), 4);

    [Fact]
    public void The_tail_is_the_density_integrated()
    {
        foreach (var freedom in new[] { 2, 3, 7, 15, 31, 127 })
        {
            foreach (var t in new[] { 0.1, 0.7, 1.5, 2.364, 4, 9 })
            {
                // ∫₀^t (1 + s²/ν)^(−(ν + 1)/2) ds by Simpson's rule, and the constant by the same integral over s = tan u.
                var inside = Simpson(s => Math.Pow(1 + s * s / freedom, -(freedom + 1) / 2.0), 0, t, 4000);
                var all = Math.Sqrt(freedom) * Simpson(u => Math.Pow(Math.Cos(u), freedom - 1), 0, Math.PI / 2, 4000);
                double[] values = Pair(t, freedom);
                Assert.Equal(1 - inside / all, StudentT.PValue(values), 8);
            }
        }
    }

    [Fact]
    public void An_interval_is_near_the_bootstrap_with_many_pairs_and_wider_with_few()
    {
        var random = new Random(3);
        double[] many = [.. Enumerable.Range(0, 400).Select(_ => 1 + random.NextDouble() + random.NextDouble())];
        var (mean, low, high) = StudentT.Interval(many, 0.95);
        var bootstrap = Intervals.OfMean(many, 1);
        Assert.Equal(many.Average(), mean, 12);
        Assert.InRange(low, bootstrap.Low - 0.01, bootstrap.Low + 0.01);
        Assert.InRange(high, bootstrap.High - 0.01, bootstrap.High + 0.01);
        double[] few = [.. many.Take(6)];
        var narrow = Intervals.OfMean(few, 1);
        Assert.True(StudentT.Interval(few, 0.95).Low < narrow.Low && StudentT.Interval(few, 0.95).High > narrow.High);
        Assert.Equal((2, 2, 2), StudentT.Interval([2, 2, 2], 0.95));
        Assert.Equal([1.0, 0.0], [StudentT.PValue([0, 0, 0]), StudentT.PValue([2, 2, 2])]);
    }

    [Fact]
    public void Of_normal_samples_of_eight_19_intervals_in_20_hold_the_mean()
    {
        var random = new Random(5);
        var held = 0;
        const int samples = 4000;
        for (var sample = 0; sample < samples; sample++)
        {
            double[] values = [.. Enumerable.Range(0, 8).Select(_ => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()))];
            var (_, low, high) = StudentT.Interval(values, 0.95);
            if (low <= 0 && high >= 0) held++;
        }
        // Four standard errors around 0.95.
        Assert.InRange(held / (double)samples, 0.936, 0.964);
    }

    /// <summary>ν + 1 values whose t is given.</summary>
    private static double[] Pair(double t, int freedom)
    {
        double[] spread = [.. Enumerable.Range(0, freedom + 1).Select(i => (double)(i % 2 == 0 ? 1 : -1) + 0.01 * i)];
        var mean = spread.Average();
        var error = Math.Sqrt(spread.Sum(value => (value - mean) * (value - mean)) / freedom / (freedom + 1));
        return [.. spread.Select(value => value - mean + t * error)];
    }

    private static double Simpson(Func<double, double> of, double from, double to, int steps)
    {
        var width = (to - from) / steps;
        var sum = of(from) + of(to);
        for (var step = 1; step < steps; step++) sum += (step % 2 == 1 ? 4 : 2) * of(from + step * width);
        return sum * width / 3;
    }
}
