namespace SaeDashboard.Web.Runs.Planning;

/// <summary>
/// Estimates a run's time from the default run's: on two cores it collects 10,400 columns a second through 5 layers of width 256, trains
/// 63,000 of 256 × 2,048 and indexes at about that speed. Work grows with layers · width² and with width · latents; an earlier run's
/// training speed corrects for this machine.
/// </summary>
public static class RunEstimator
{
    private const double CollectRate = 10_400, TrainRate = 63_000, IndexRate = 54_000;
    private const double CollectWork = 5.0 * 256 * 256, SaeWork = 256.0 * 2048;

    /// <summary>What a run costs before its first and after its last column: loading, medians, writing, seconds.</summary>
    private const double StageOverhead = 1.5;

    /// <param name="request">The run.</param>
    /// <param name="reused">Whether collecting is spared.</param>
    /// <param name="machine">How fast this machine is beside the one the rates are of (<see cref="Speed"/>); null: not known.</param>
    public static RunEstimate Estimate(RunRequest request, bool reused, double? machine)
    {
        var speed = machine ?? Math.Max(0.5, Environment.ProcessorCount / 2.0);
        var collectRate = CollectRate * speed * CollectWork / ((request.Layer + 1) * Math.Pow(request.Model.Width, 2));
        var saeShare = SaeWork / ((double)request.Model.Width * request.Latents);
        var trainRate = TrainRate / request.Architecture.StepCost;
        var statisticsColumns = (double)request.StatisticsClips * request.ColumnsPerClip;
        return new RunEstimate(
            reused ? 0 : StageOverhead + request.CollectedColumns / collectRate,
            StageOverhead + request.TrainedColumns / (trainRate * speed * saeShare),
            StageOverhead + statisticsColumns / collectRate + (request.CollectedColumns + statisticsColumns) / (IndexRate * speed * saeShare),
            machine is not null);
    }

    /// <summary>How fast a machine is that trained so many columns a second, beside the one the rates are of.</summary>
    /// <param name="columnsPerSecond">Measured.</param>
    /// <param name="width">Width of the residual stream.</param>
    /// <param name="latents">Latents of that run.</param>
    public static double Speed(double columnsPerSecond, int width, int latents) => columnsPerSecond / TrainRate * ((double)width * latents / SaeWork);
}
