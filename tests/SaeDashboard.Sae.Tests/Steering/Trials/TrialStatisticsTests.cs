using SaeDashboard.Sae.Steering.Trials;

namespace SaeDashboard.Sae.Tests.Steering.Trials;

/// <summary>The statistics of a steering table, against values worked out by hand and by another road.</summary>
public class TrialStatisticsTests
{
    [Theory]
    // Three positive pairs: of eight choices of signs only the observed one reaches the sum.
    [InlineData(new[] { 1.0, 2, 3 }, 1 / 8.0)]
    // −1 + 2 + 3 = 4: also 1 + 2 + 3 = 6.
    [InlineData(new[] { -1.0, 2, 3 }, 2 / 8.0)]
    // All negative: every choice is at least as large.
    [InlineData(new[] { -1.0, -2, -3 }, 1.0)]
    // Ties count: 1 − 1 = 0, and so do −1 + 1 and 1 + 1.
    [InlineData(new[] { 1.0, -1 }, 3 / 4.0)]
    // A pair without a difference halves nothing.
    [InlineData(new[] { 0.0, 5 }, 2 / 4.0)]
    [InlineData(new double[0], 1.0)]
    public void A_sign_flip_counts_the_choices_of_signs(double[] differences, double expected) =>
        Assert.Equal(expected, SignFlip.PValue(differences, 0), 1e-12);

    [Fact]
    public void Both_ways_of_the_sign_flip_agree_with_brute_force()
    {
        var random = new Random(3);
        foreach (var pairs in new[] { 5, 12, 16 })
        {
            var differences = Enumerable.Range(0, pairs).Select(_ => random.NextDouble() - 0.35).ToArray();
            var (observed, count) = (differences.Sum(), 0);
            for (var choice = 0; choice < 1 << pairs; choice++)
            {
                var sum = 0.0;
                for (var pair = 0; pair < pairs; pair++) sum += (choice >> pair & 1) == 0 ? differences[pair] : -differences[pair];
                if (sum >= observed - 1e-9) count++;
            }
            Assert.Equal((double)count / (1 << pairs), SignFlip.PValue(differences, 0), 1e-12);
        }

        // Drawn: 17 pairs, of which the seventeenth is 0, have the p of the 16 before it.
        var sixteen = Enumerable.Range(0, 16).Select(_ => random.NextDouble() - 0.49).ToArray();
        var exact = SignFlip.PValue(sixteen, 0);
        Assert.InRange(exact, 0.02, 0.98);
        Assert.Equal(exact, SignFlip.PValue([.. sixteen, 0], 7), 5 * Math.Sqrt(exact * (1 - exact) / 100_000));
        Assert.Equal(SignFlip.PValue([.. sixteen, 0], 7), SignFlip.PValue([.. sixteen, 0], 7));
        // 100 pairs of 1: no draw reaches the sum but the observed one.
        Assert.Equal(1 / 1001.0, SignFlip.PValue(Enumerable.Repeat(1.0, 100).ToArray(), 1, draws: 1000), 1e-12);
        Assert.Throws<ArgumentException>(() => SignFlip.PValue([double.NaN], 0));
    }

    [Fact]
    public void A_sign_flip_of_noise_is_uniform()
    {
        var random = new Random(5);
        var small = 0;
        for (var trial = 0; trial < 2000; trial++)
        {
            var differences = Enumerable.Range(0, 10).Select(_ => random.NextDouble() - random.NextDouble()).ToArray();
            if (SignFlip.PValue(differences, 0) <= 0.1) small++;
        }
        // 200 are expected; the deviation is 13.4.
        Assert.InRange(small, 140, 260);
    }

    [Fact]
    public void Q_values_are_those_of_Benjamini_and_Hochberg()
    {
        // p · m / rank: 0.05, 0.05, 0.05, 0.05 · 5/4 …, then the smallest from the right. Worked out by hand.
        double[] pValues = [0.03, 0.01, 0.02, 0.9, 0.04];
        double[] expected = [0.05, 0.05, 0.05, 0.9, 0.05];
        Assert.Equal(expected, FalseDiscovery.QValues(pValues).Select(q => Math.Round(q, 12)));
        Assert.Equal([0.004, 0.5], FalseDiscovery.QValues([0.002, 0.5]).Select(q => Math.Round(q, 12)));
        Assert.Empty(FalseDiscovery.QValues([]));

        // The step-up rule itself: reject the k smallest, k the largest rank with p ≤ q · rank / m.
        var random = new Random(8);
        for (var trial = 0; trial < 50; trial++)
        {
            var some = Enumerable.Range(0, 30).Select(_ => Math.Pow(random.NextDouble(), 3)).ToArray();
            var sorted = some.Order().ToArray();
            var rank = Enumerable.Range(1, 30).Where(k => sorted[k - 1] <= 0.05 * k / 30).DefaultIfEmpty(0).Max();
            Assert.Equal(rank, FalseDiscovery.QValues(some).Count(q => q <= 0.05 + 1e-12));
        }
    }

    [Fact]
    public void Intervals_hold_what_they_should()
    {
        // Wilson's interval of 8 of 10, from the formula's published example: 0.490 to 0.943.
        var (low, high) = Intervals.OfRate(8, 10);
        Assert.Equal((0.490, 0.943), (Math.Round(low, 3), Math.Round(high, 3)));
        Assert.Equal(0, Intervals.OfRate(0, 20).Low);
        // 1.96² / (20 + 1.96²)
        Assert.Equal(3.8415 / 23.8415, Intervals.OfRate(0, 20).High, 1e-4);
        Assert.Equal((0, 1), Intervals.OfRate(0, 0));

        Assert.Equal((3, 3), Intervals.OfMean([3, 3, 3], 1));
        // Two values: a bootstrap mean is 0, ½ or 1.
        Assert.Equal((0, 1), Intervals.OfMean([0, 1], 1));
        // Of many normal values it is the mean ± 1.96 s / √n.
        var random = new Random(2);
        var values = Enumerable.Range(0, 400).Select(_ => random.NextDouble() + random.NextDouble() + random.NextDouble()).ToArray();
        var (mean, error) = (values.Average(), Math.Sqrt(values.Average(value => Math.Pow(value - values.Average(), 2)) / values.Length));
        var interval = Intervals.OfMean(values, 4);
        Assert.Equal(mean - 1.96 * error, interval.Low, 0.2 * error);
        Assert.Equal(mean + 1.96 * error, interval.High, 0.2 * error);
        Assert.Equal(interval, Intervals.OfMean(values, 4));
    }
}
