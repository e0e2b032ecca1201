using SaeDashboard.Core;
using SaeDashboard.Core.Runs;
using SaeDashboard.Sae.Activations;
using SaeDashboard.Sae.Features;
using SaeDashboard.Sae.Training.Sparse;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training;

/// <summary>
/// Trains a sparse autoencoder on activations, collected or computed as they are needed, from the first sample to the exported folder. What a
/// step consists of is in <see cref="TrainingSession.Advance"/>, and below it in <see cref="AutogradEngine"/> or, by hand and fast, in <see cref="SparseEngine"/>.
/// </summary>
public static class SaeTrainer
{
    public const StageName Stage = StageName.Train;

    /// <summary>
    /// Trains, reports to the run folder, and exports a SAELens folder at the end. The same settings and activations give the same weights,
    /// however often the run was stopped and resumed and, with the sparse engine, whatever the number of threads.
    /// </summary>
    /// <param name="source">The activations, of which the first layer is trained on.</param>
    /// <param name="config">The settings.</param>
    /// <param name="run">Where metrics, status, log and checkpoints go.</param>
    /// <param name="exportFolder">The SAELens folder to make; it must not exist.</param>
    /// <param name="resume">Go on from the newest whole checkpoint, if there is one; otherwise old checkpoints are removed.</param>
    /// <param name="progress">Told at most some times a second.</param>
    /// <param name="fork">The checkpoint of another run that this one begins with; not asked once it has one of its own to resume from.</param>
    /// <param name="drawing">Told how far columns are that a model computes before the first step, for a measure, and after the last.</param>
    /// <param name="device">What computes the steps; null: the CPU. A checkpoint is of no device: a run may be resumed on another, with its rounding.</param>
    /// <param name="begin">Called when nothing is refused any more and before anything is written into the run's folder: write its settings then.</param>
    /// <param name="cancellation">Ends the run as its cancel file does: with a checkpoint.</param>
    /// <exception cref="UserException">Settings that cannot work, a run that diverged, files that cannot be written.</exception>
    public static TrainResult Train(
        IColumnSource source, TrainConfig config, RunFolder run, string exportFolder, bool resume,
        IProgress<TrainProgress>? progress = null, RunFork? fork = null, IProgress<ClipProgress>? drawing = null, Device? device = null,
        Action? begin = null, CancellationToken cancellation = default)
    {
        try
        {
            using var team = new WorkerTeam(config.Threads);
            using var data = new TrainingData(source, [0], config, drawing, () => cancellation.IsCancellationRequested || run.EndRequested);
            using var session = TrainingSession.Open(data, 0, config, run, exportFolder, resume, fork, team, progress, device, begin);
            if (session.Done)
                return session.Finish();
            TrainResult? ended = null;
            using var loop = new TrainingLoop([session]) { Ended = (_, result) => ended = result, Failed = (_, error) => throw error };
            loop.Run(cancellation);
            return ended!;
        }
        catch (OperationCanceledException)
        {
            return EndUnbegun(run, config);
        }
        catch (Exception error)
        {
            Fail(run, config, error);
            throw;
        }
    }

    /// <summary>Says in the folder of a run that it was to end before it took a step. What it had before, it keeps.</summary>
    internal static TrainResult EndUnbegun(RunFolder run, TrainConfig config)
    {
        run.RequirePresent();
        var step = RunCheckpoints.List(run.Path) is [.., var newest] ? newest.Step : 0;
        run.Log($"{(run.EndState == RunState.Paused ? "Paused" : "Cancelled")} before it took a step.");
        run.Report(Stage, run.EndState, step, config.Steps, 0, null);
        return new TrainResult { Finished = false, Step = step, ResumedFrom = step, TrainingSeconds = 0, ColumnsPerSecond = 0, DeadShare = 0 };
    }

    /// <summary>Says in the run's folder that it failed.</summary>
    /// <exception cref="UserException">The folder was removed or moved.</exception>
    internal static void Fail(RunFolder run, TrainConfig config, Exception error)
    {
        // Of a folder that was removed under it, whatever failed first, the removal is the reason.
        run.RequirePresent();
        // What was refused before it began leaves the folder of an earlier attempt as it was.
        if (run.Attempted || !run.HasRunBefore)
            run.Log($"Failed: {error}");
        run.Report(Stage, RunState.Failed, run.Last?.Step ?? 0, config.Steps, 0, null, error.Message);
    }
}
