namespace SaeDashboard.Core.Runs;

/// <summary>
/// How fast something goes and how long it will still take. The rate is the mean of the recent rates, weighted by e^(−age / 10 s), so that
/// a slow start is soon forgotten and one slow step does not shake it.
/// </summary>
public sealed class ProgressEstimator
{
    private const double MemorySeconds = 10;

    // Rates over less than this are noise.
    private const double ShortestSeconds = 0.05;

    private readonly TimeProvider clock;
    private readonly long startStamp;
    private long lastStamp;
    private double lastDone;
    private double weightedDone;
    private double weightedSeconds;

    /// <param name="total">Where it ends; 0 when not known.</param>
    /// <param name="done">Where it begins: above 0 when resumed.</param>
    /// <param name="clock">The clock; the system's when null.</param>
    public ProgressEstimator(double total, double done = 0, TimeProvider? clock = null)
    {
        this.clock = clock ?? TimeProvider.System;
        Total = total;
        lastDone = done;
        Done = done;
        startStamp = lastStamp = this.clock.GetTimestamp();
    }

    public double Total { get; }

    /// <summary>What <see cref="Update"/> was last told.</summary>
    public double Done { get; private set; }

    public double ElapsedSeconds => clock.GetElapsedTime(startStamp).TotalSeconds;

    /// <summary>Units a second; 0 before anything is known.</summary>
    public double Rate => weightedSeconds > 0 ? weightedDone / weightedSeconds : 0;

    /// <summary>Seconds to go; null while there is no rate or no total.</summary>
    public double? EtaSeconds => Total > 0 && Rate > 0 ? Math.Max(0, Total - Done) / Rate : null;

    /// <summary>Tells how much is done now, in all.</summary>
    public void Update(double done)
    {
        Done = done;
        var stamp = clock.GetTimestamp();
        var seconds = clock.GetElapsedTime(lastStamp, stamp).TotalSeconds;
        if (seconds < ShortestSeconds) return;
        var kept = Math.Exp(-seconds / MemorySeconds);
        weightedDone = weightedDone * kept + (done - lastDone);
        weightedSeconds = weightedSeconds * kept + seconds;
        (lastStamp, lastDone) = (stamp, done);
    }
}
