using SaeDashboard.Sae.Evaluation.GroundTruth;

namespace SaeDashboard.Sae.Tests.Evaluation.GroundTruth;

public class ClipBootstrapTests
{
    [Fact]
    public void The_same_seed_gives_the_same_interval_around_the_value()
    {
        var (scores, labels) = RankMeasuresTests.Random(1, 4000, 1000);
        var measured = RankMeasures.Measure(scores, labels).Auroc;
        var interval = ClipBootstrap.Interval(scores, labels, 10, 300, 7);
        Assert.Equal(interval, ClipBootstrap.Interval(scores, labels, 10, 300, 7));
        Assert.NotEqual(interval, ClipBootstrap.Interval(scores, labels, 10, 300, 8));
        Assert.InRange(measured, interval.Low, interval.High);
        Assert.InRange(interval.High - interval.Low, 0.01, 0.2);
    }

    [Fact]
    public void Covers_the_truth_in_about_19_of_20_samples()
    {
        // Clips of one label, whose units share most of their score: what an interval over units would miss. Φ(1 / √2) = 0.7602 is the true AUROC of a shift by 1.
        var covered = 0;
        for (var sample = 0; sample < 200; sample++)
        {
            var random = new Random(sample);
            var (scores, labels) = (new float[60 * 8], new sbyte[60 * 8]);
            for (var clip = 0; clip < 60; clip++)
            {
                var positive = clip % 2 == 0;
                var shared = Normal(random) * 0.99 + (positive ? 1 : 0);
                for (var unit = clip * 8; unit < (clip + 1) * 8; unit++)
                    (scores[unit], labels[unit]) = ((float)(shared + 0.1411 * Normal(random)), (sbyte)(positive ? 1 : -1));
            }
            var (low, high) = ClipBootstrap.Interval(scores, labels, 8, 200, 1);
            if (low <= 0.7602 && 0.7602 <= high) covered++;
        }
        Assert.InRange(covered, 178, 199);
    }

    [Fact]
    public void Without_both_labels_there_is_none()
    {
        Assert.True(double.IsNaN(ClipBootstrap.Interval([1, 2, 3, 4], [1, 1, 1, 0], 2, 50, 1).Low));
        // Only draws that hit both clips count, and in those the order is always right.
        Assert.Equal((1, 1), ClipBootstrap.Interval([1, 2, 3, 4], [-1, -1, 1, 1], 2, 50, 1));
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
