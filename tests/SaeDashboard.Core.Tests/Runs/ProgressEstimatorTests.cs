using Microsoft.Extensions.Time.Testing;
using SaeDashboard.Core.Runs;

namespace SaeDashboard.Core.Tests.Runs;

public class ProgressEstimatorTests
{
    [Fact]
    public void A_steady_rate_is_known_at_once()
    {
        var clock = new FakeTimeProvider();
        var progress = new ProgressEstimator(1000, 0, clock);
        Assert.Equal(0, progress.Rate);
        Assert.Null(progress.EtaSeconds);
        for (var i = 1; i <= 20; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(0.5));
            progress.Update(5 * i);
            Assert.Equal(10, progress.Rate, 1e-9);
            Assert.Equal((1000 - 5 * i) / 10.0, progress.EtaSeconds!.Value, 1e-6);
        }
        Assert.Equal(10, progress.ElapsedSeconds, 1e-9);
    }

    [Fact]
    public void A_slow_start_is_forgotten_and_one_slow_step_does_not_shake_it()
    {
        var clock = new FakeTimeProvider();
        var progress = new ProgressEstimator(100_000, 50_000, clock);
        var done = 50_000.0;
        clock.Advance(TimeSpan.FromSeconds(20));
        progress.Update(done += 20);
        for (var i = 0; i < 60; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            progress.Update(done += 100);
        }
        Assert.InRange(progress.Rate, 98, 100);
        clock.Advance(TimeSpan.FromSeconds(2));
        progress.Update(done += 100);
        Assert.InRange(progress.Rate, 85, 100);
    }

    [Fact]
    public void Bursts_are_averaged_and_the_end_is_zero_seconds_away()
    {
        var clock = new FakeTimeProvider();
        var progress = new ProgressEstimator(100, 0, clock);
        for (var i = 1; i <= 100; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(0.01));
            progress.Update(i);
        }
        Assert.InRange(progress.Rate, 90, 110);
        Assert.Equal(0, progress.EtaSeconds);
        Assert.Null(new ProgressEstimator(0, 0, clock).EtaSeconds);
    }
}
