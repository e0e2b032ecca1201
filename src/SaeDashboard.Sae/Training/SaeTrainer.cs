using System.Globalization;
using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;
using SaeDashboard.Core.Saes;
using SaeDashboard.Sae.Activations;
using SaeDashboard.Sae.Formats;
using SaeDashboard.Sae.Training.Sparse;

namespace SaeDashboard.Sae.Training;

/// <summary>
/// Trains a sparse autoencoder on collected activations, from the first sample to the exported folder. <see cref="Run"/> reads from top to
/// bottom; what a step consists of is in <see cref="AutogradEngine"/> or, by hand and fast, in <see cref="SparseEngine"/>.
/// </summary>
public sealed class SaeTrainer
{
    public const string Stage = "train";

    /// <summary>Columns from which an architecture sets what it starts with.</summary>
    private const int StartSamples = 1024;

    private readonly ActivationStore store;
    private readonly TrainConfig config;
    private readonly RunFolder run;
    private readonly IProgress<TrainProgress>? progress;

    private SaeTrainer(ActivationStore store, TrainConfig config, RunFolder run, IProgress<TrainProgress>? progress)
    {
        this.store = store;
        this.config = config;
        this.run = run;
        this.progress = progress;
    }

    /// <summary>
    /// Trains, reports to the run folder, and exports a SAELens folder at the end. The same settings and activations give the same weights,
    /// however often the run was stopped and resumed and, with the sparse engine, whatever the number of threads.
    /// </summary>
    /// <param name="store">The activations.</param>
    /// <param name="config">The settings.</param>
    /// <param name="run">Where metrics, status, log and checkpoints go.</param>
    /// <param name="exportFolder">The SAELens folder to make; it must not exist.</param>
    /// <param name="resume">Go on from the newest whole checkpoint, if there is one; otherwise old checkpoints are removed.</param>
    /// <param name="progress">Told at most some times a second.</param>
    /// <param name="cancellation">Ends the run as its cancel file does: with a checkpoint.</param>
    /// <exception cref="UserException">Settings that cannot work, a run that diverged, files that cannot be written.</exception>
    public static TrainResult Train(
        ActivationStore store, TrainConfig config, RunFolder run, string exportFolder, bool resume,
        IProgress<TrainProgress>? progress = null, CancellationToken cancellation = default)
    {
        try
        {
            config.Validate(store.Width);
            if (Path.Exists(exportFolder))
                throw new UserException($"{exportFolder} exists already: remove it or give another name for the trained SAE.");
            if (config.HeldOut > 0 && store.ClipCount < 2)
                throw new UserException($"{store.Folder} holds one clip: none can be held out. Collect more, or set \"heldOut\" to 0.");
            return new SaeTrainer(store, config, run, progress).Run(exportFolder, resume, cancellation);
        }
        catch (Exception error)
        {
            run.Log($"Failed: {error}");
            run.Report(Stage, RunStates.Failed, RunFolder.ReadStatus(run.Path)?.Step ?? 0, config.Steps, 0, null, error.Message);
            throw;
        }
    }

    private TrainResult Run(string exportFolder, bool resume, CancellationToken cancellation)
    {
        // The parts.
        var seed = (ulong)config.Seed;
        using var team = new WorkerTeam(config.Threads);
        using ITrainingEngine engine = config.ChosenEngine() == TrainEngine.Sparse
            ? new SparseEngine(config, store.Width, team) : new AutogradEngine(config, team);
        using var state = engine.CreateState(store.Width);

        // The data: by clip, a few are held out.
        var (train, heldOut) = ClipSubset.Split(store, config.HeldOut, seed);
        var hasRunBefore = RunFolder.ReadStatus(run.Path) is not null;
        run.Report(Stage, RunStates.Running, 0, config.Steps, 0, null);
        run.Log(string.Create(CultureInfo.InvariantCulture,
            $"{config.Steps} steps of {config.Batch} columns from {train.ColumnCount}; " +
            $"{config.Architecture} by {config.ChosenEngine()}, {config.Latents} latents, k {config.K}, dead after {config.DeadWindowColumns()} columns; " +
            $"{heldOut.Clips.Count} of {store.ClipCount} clips held out; {team.Size} threads."));

        // The start: from the newest checkpoint, or scale, centre, random directions.
        var checkpoints = new Checkpoints(run.CheckpointsPath, config, store);
        if (resume && checkpoints.LoadNewest(state, run.Log))
        {
            run.Log($"Resumed from step {state.Step}.");
            run.MarkResumed(state.Step);
        }
        else
        {
            StartOver(checkpoints, hasRunBefore);
            state.Scaling = ColumnScaling.Estimate(train, config.ScaleSamples, seed ^ 0x5CA1E);
            state.Initialize(GeometricMedian.Of(train, state.Scaling, config.MedianSamples, seed ^ 0x3ED1A, team), seed);
            using var sample = ColumnSample.Of(train, state.Scaling, StartSamples, seed ^ 0x57A27);
            engine.Start(state, sample);
            run.Log(string.Create(CultureInfo.InvariantCulture,
                $"Input scale {state.Scaling.Scale:G6} from {Math.Min(config.ScaleSamples, train.ColumnCount)} columns."));
        }

        var first = state.Step;
        var monitor = new TrainingMonitor(config, run, first, progress);
        using var evaluator = new HeldOutEvaluator(heldOut.Clips.Count > 0 ? heldOut : train, state.Scaling, config, engine);
        using var batches = new ActivationBatches(train, state.Scaling, config.Batch, seed, first, config.Steps);

        // The loop.
        while (state.Step < config.Steps)
        {
            if (cancellation.IsCancellationRequested || run.CancelRequested)
                return Cancel(state, checkpoints, monitor, first);

            var batch = batches.Next()!;
            var learningRate = LearningRate.At(config, state.Step);
            var outcome = engine.Step(state, batch, learningRate);
            StopIfDiverged(state, outcome, state.GradientNorm, checkpoints);
            state.Step++;

            monitor.Step(state, outcome, state.GradientNorm, learningRate);
            if (Due(state.Step, config.Evaluations) && heldOut.Clips.Count > 0)
                monitor.HeldOut(state, evaluator.Running(state));
            if (Due(state.Step, config.Histograms))
                monitor.Histogram(state);
            if (Due(state.Step, config.Checkpoints))
                checkpoints.Save(state);
        }

        // The end: measured once more, folded, written.
        var seconds = monitor.Seconds;
        engine.Finish(state, evaluator.Batches());
        var (measure, frequency) = evaluator.Full(state);
        if (heldOut.Clips.Count > 0)
            monitor.HeldOut(state, measure);
        var result = new TrainResult
        {
            Finished = true,
            Step = state.Step,
            ResumedFrom = first,
            TrainingSeconds = seconds,
            ColumnsPerSecond = (state.Step - first) * config.Batch / Math.Max(seconds, 1e-9),
            DeadShare = DeadShare(state),
            HeldOut = heldOut.Clips.Count > 0 ? measure : null,
            ExportFolder = exportFolder,
        };
        result = result with { WeightsHash = Export(engine, state, result, frequency, exportFolder) };
        run.Log(string.Create(CultureInfo.InvariantCulture,
            $"Done: {result.ColumnsPerSecond:F0} columns/s, explained variance {measure.ExplainedVariance:F4} " +
            $"on {measure.Columns} columns, {result.DeadShare:P1} dead. Written to {exportFolder}."));
        run.Report(Stage, RunStates.Done, state.Step, config.Steps, result.ColumnsPerSecond, 0);
        return result;
    }

    /// <summary>Whether the step is one of <paramref name="times"/> evenly spread ones, the last step among them.</summary>
    private bool Due(long step, int times) => times > 0 && step * times / config.Steps > (step - 1) * times / config.Steps;

    private void StartOver(Checkpoints checkpoints, bool hasRunBefore)
    {
        if (checkpoints.Steps() is { Count: > 0 } steps)
        {
            run.Log($"Starts over: {steps.Count} checkpoints up to step {steps[^1]} are removed.");
            checkpoints.Clear();
        }
        // Lines of an earlier attempt no longer count.
        if (hasRunBefore)
            run.MarkResumed(0);
    }

    private void StopIfDiverged(TrainingState state, StepOutcome outcome, double gradientNorm, Checkpoints checkpoints)
    {
        if (double.IsFinite(outcome.SquaredError) && double.IsFinite(outcome.AuxLoss + outcome.ExtraLoss) && double.IsFinite(gradientNorm))
            return;
        run.Metric(new { Step = state.Step + 1, Loss = outcome.ReconstructionLoss, outcome.AuxLoss, GradientNorm = gradientNorm });
        var steps = checkpoints.Steps();
        var last = steps.Count > 0
            ? string.Create(CultureInfo.InvariantCulture, $"The last good state is checkpoint {steps[^1]}.")
            : "There is no checkpoint yet.";
        throw new UserException(string.Create(CultureInfo.InvariantCulture,
            $"Training stopped at step {state.Step + 1}: loss {outcome.ReconstructionLoss}, gradient norm {gradientNorm}. {last} ") +
            "Check the activations for damage, or start over with a lower \"learningRate\".");
    }

    private TrainResult Cancel(TrainingState state, Checkpoints checkpoints, TrainingMonitor monitor, long first)
    {
        checkpoints.Save(state);
        run.Log($"Cancelled at step {state.Step}; its state is saved.");
        run.Report(Stage, RunStates.Cancelled, state.Step, config.Steps, monitor.Rate, null);
        return new TrainResult
        {
            Finished = false,
            Step = state.Step,
            ResumedFrom = first,
            TrainingSeconds = monitor.Seconds,
            ColumnsPerSecond = (state.Step - first) * config.Batch / Math.Max(monitor.Seconds, 1e-9),
            DeadShare = DeadShare(state),
        };
    }

    private double DeadShare(TrainingState state)
    {
        var window = config.DeadWindowColumns();
        return (double)state.ColumnsSinceActive.Count(columns => columns >= window) / config.Latents;
    }

    /// <summary>Writes the SAE with the input's scaling folded in; returns its hash.</summary>
    private string Export(ITrainingEngine engine, TrainingState state, TrainResult result, float[] frequency, string folder)
    {
        var source = store.Source;
        var training = JsonSerializer.SerializeToNode(config, JsonDefaults.Data)!.AsObject();
        training["columns"] = state.Step * config.Batch;
        training["inputScale"] = state.Scaling.Scale;
        training["split"] = source.Split;
        training["condition"] = source.Condition;
        training["heldOut"] = JsonSerializer.SerializeToNode(result.HeldOut, JsonDefaults.Data);
        using var scaled = engine.Publish(state, new SaeMetadata
        {
            ModelName = source.Model,
            HookName = source.Hook,
            DatasetPath = source.Dataset,
            ContextSize = source.ColumnsPerClip,
            ModelHash = source.ModelHash,
            DatasetHash = source.DatasetHash,
            Training = training,
        });
        using var exported = InputFolding.Fold(scaled, state.Scaling);
        SaeFolder.Save(folder, exported, frequency);
        return exported.WeightsHash;
    }
}
