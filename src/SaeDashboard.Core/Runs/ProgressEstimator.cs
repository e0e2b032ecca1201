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

/// <summary>
/// What the stages of a run are thought to take before anything is measured, from the default run on two CPU cores: multiplications divided
/// by what those did of them a second. Within a factor of two on other machines; whoever knows the machine divides by its speed.
/// </summary>
public static class StageRates
{
    // A training step whose gradients are written by hand, and one that is differentiated automatically.
    private const double ByHand = 1, Differentiated = 5;

    // 10,400 columns a second through 5 layers of width 256; 63,000 columns a second trained on, 50,000 indexed, of 256 × 2,048.
    private const double Model = 10_400.0 * 5 * 256 * 256, Sae = 256.0 * 2048;
    private const double TrainColumns = 63_000, IndexColumns = 50_000;

    /// <summary>Seconds for running columns through the model up to and with a layer; work grows with layers · width².</summary>
    public static double Collect(long columns, int layer, int width) => columns * (layer + 1.0) * width * width / Model;

    /// <summary>Seconds of training on columns, by the cost of a step.</summary>
    public static double Train(long columns, int latents, int width, double stepCost) => stepCost * columns / TrainColumns * Share(latents, width);

    /// <summary>How long a training step takes, in steps of TopK of the same size: a rough estimate, the same for every size and machine.</summary>
    /// <param name="bySparseEngine">Whether its gradients are written by hand.</param>
    public static double StepCost(bool bySparseEngine) => bySparseEngine ? ByHand : Differentiated;

    /// <summary>Seconds for encoding columns with the SAE and gathering what fires.</summary>
    public static double Index(long columns, int latents, int width) => columns / IndexColumns * Share(latents, width);

    /// <summary>How fast a machine is that trained so many columns a second, beside the two cores.</summary>
    public static double Speed(double columnsPerSecond, int latents, int width) => columnsPerSecond / TrainColumns * Share(latents, width);

    private static double Share(int latents, int width) => (double)latents * width / Sae;
}
