using SaeDashboard.Core.Runs;

namespace SaeDashboard.Web.Runs.Planning;

/// <summary>Estimates a run's time by <see cref="StageRates"/>; an earlier run's training speed corrects for this machine.</summary>
public static class RunEstimator
{
    /// <summary>What a run costs before its first and after its last column: loading, medians, writing, seconds.</summary>
    private const double StageOverhead = 1.5;

    /// <param name="request">The run.</param>
    /// <param name="reused">Whether collecting is spared.</param>
    /// <param name="machine">This machine's speed relative to the one that the rates were measured on (<see cref="StageRates.Speed"/>); null: not known.</param>
    public static RunEstimate Estimate(RunRequest request, bool reused, double? machine)
    {
        var speed = machine ?? Math.Max(0.5, Environment.ProcessorCount / 2.0);
        var (width, latents) = (request.Model.Width, request.Train.Latents);
        var statisticsColumns = (long)request.StatisticsClips * request.ColumnsPerClip;
        return new RunEstimate(
            reused ? 0 : StageOverhead + StageRates.Collect(request.CollectedColumns, request.Layer, width) / speed,
            StageOverhead + StageRates.Train(request.TrainedColumns, latents, width, StageRates.StepCost(request.Architecture.HasSparseStep)) / speed,
            StageOverhead + (StageRates.Collect(statisticsColumns, request.Layer, width) + StageRates.Index(request.CollectedColumns + statisticsColumns, latents, width)) / speed,
            machine is not null);
    }
}
