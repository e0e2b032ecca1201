using SaeDashboard.Web.Live;

namespace SaeDashboard.Web.Tests.Live;

/// <summary>Fewer points of the same curves.</summary>
public sealed class PointThinningTests
{
    [Fact]
    public void No_spike_is_lost_and_the_ends_stay()
    {
        // One spike up and one down in each of ten stretches, in two curves, at places that no even spacing hits.
        var points = Enumerable.Range(1, 10_000).Select(i => new RunPoint(i, i, 0, new Dictionary<string, double?>
        {
            ["loss"] = i % 1000 == 337 ? 100 + i : Math.Sin(i), ["norm"] = i % 1000 == 771 ? -100 - i : Math.Cos(i), ["columns"] = i * 256, ["gap"] = i % 7 == 0 ? null : 1,
        })).ToArray();
        var thin = PointThinning.To(500, points);
        Assert.InRange(thin.Count, 400, 500);
        Assert.Equal(1, thin[0].Line);
        Assert.Equal(10_000, thin[^1].Line);
        Assert.Equal(thin.Select(point => point.Line).Order().Distinct(), thin.Select(point => point.Line));
        for (var i = 0; i < 10; i++)
        {
            Assert.Contains(thin, point => point.Line == 1000 * i + 337);
            Assert.Contains(thin, point => point.Line == 1000 * i + 771);
        }
        // And between them the curve is there everywhere.
        Assert.True(thin.Zip(thin.Skip(1)).Max(pair => pair.Second.Line - pair.First.Line) < 10_000 / 20);
    }

    [Fact]
    public void Few_points_stay_as_they_are()
    {
        var points = Enumerable.Range(1, 5).Select(i => new RunPoint(i, i, 0, new Dictionary<string, double?> { ["loss"] = i })).ToArray();
        Assert.Equal(points, PointThinning.To(5, points));
        Assert.Equal([1L, 5L], PointThinning.To(2, points).Select(point => point.Line));
    }
}
