using System.Diagnostics;

namespace SaeDashboard.Benchmarks;

/// <summary>Times work by the median of repeats: one that was interrupted does not count.</summary>
internal static class Clock
{
    /// <summary>Seconds of one run of the work, after one that is not counted.</summary>
    internal static double Median(Action work, int repeats = 9)
    {
        work();
        var seconds = new double[repeats];
        for (var i = 0; i < repeats; i++)
        {
            var start = Stopwatch.GetTimestamp();
            work();
            seconds[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
        Array.Sort(seconds);
        return seconds[repeats / 2];
    }
}
