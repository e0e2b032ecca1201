using System.Globalization;
using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;
using SaeDashboard.Core.Saes;
using SaeDashboard.Sae.Activations;
using SaeDashboard.Sae.Formats;
using SaeDashboard.Sae.Training.Sparse;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training;

/// <summary>
/// One SAE in training: its weights and what changes, saves, measures and reports them. Whoever owns the session brings the batches, one
/// after the other from <see cref="FirstStep"/> on, and says when to stop.
/// </summary>
internal sealed class TrainingSession : IDisposable
{
    /// <summary>Columns from which an architecture sets what it starts with.</summary>
    private const int StartSamples = 1024;

    private readonly ClipSubset train, heldOut;
    private readonly TrainConfig config;
    private readonly RunFolder run;
    private readonly string exportFolder;
    private readonly ITrainingEngine engine;
    private readonly TrainingState state;
    private readonly Checkpoints checkpoints;
    private readonly TrainingMonitor monitor;
    private readonly HeldOutEvaluator evaluator;

    private TrainingSession(
        ActivationStore store, TrainConfig config, RunFolder run, string exportFolder, bool resume, WorkerTeam team,
        IProgress<TrainProgress>? progress)
    {
        (this.config, this.run, this.exportFolder) = (config, run, exportFolder);
        engine = config.ChosenEngine() == TrainEngine.Sparse ? new SparseEngine(config, store.Width, team) : new AutogradEngine(config, team);
        state = engine.CreateState(store.Width);

        // The data: by clip, a few are held out.
        (train, heldOut) = ClipSubset.Split(store, config.HeldOut, Seed);
        var hasRunBefore = RunFolder.ReadStatus(run.Path) is not null;
        run.Report(SaeTrainer.Stage, RunStates.Running, 0, config.Steps, 0, null);
        run.Log(string.Create(CultureInfo.InvariantCulture,
            $"{config.Steps} steps of {config.Batch} columns from {train.ColumnCount}; " +
            $"{config.Architecture} by {config.ChosenEngine()}, {config.Latents} latents, k {config.K}, dead after {config.DeadWindowColumns()} columns; " +
            $"{heldOut.Clips.Count} of {store.ClipCount} clips held out; {team.Size} threads."));

        // The start: from the newest checkpoint, or scale, centre, random directions.
        checkpoints = new Checkpoints(run.CheckpointsPath, config, store);
        if (resume && checkpoints.LoadNewest(state, run.Log))
        {
            run.Log($"Resumed from step {state.Step}.");
            run.MarkResumed(state.Step);
        }
        else
        {
            StartOver(hasRunBefore);
            Initialize(team);
        }
        FirstStep = state.Step;
        monitor = new TrainingMonitor(config, run, FirstStep, progress);
        evaluator = new HeldOutEvaluator(heldOut.Clips.Count > 0 ? heldOut : train, state.Scaling, config, engine);
    }

    /// <summary>The step this session began with, counted from 0.</summary>
    public long FirstStep { get; }

    public bool Done => state.Step >= config.Steps;

    private ulong Seed => (ulong)config.Seed;

    /// <summary>Starts a run, or goes on with one.</summary>
    /// <exception cref="UserException">Settings that cannot work, checkpoints of another run.</exception>
    public static TrainingSession Open(
        ActivationStore store, TrainConfig config, RunFolder run, string exportFolder, bool resume, WorkerTeam team,
        IProgress<TrainProgress>? progress)
    {
        config.Validate(store.Width);
        if (Path.Exists(exportFolder))
            throw new UserException($"{exportFolder} exists already: remove it or give another name for the trained SAE.");
        if (config.HeldOut > 0 && store.ClipCount < 2)
            throw new UserException($"{store.Folder} holds one clip: none can be held out. Collect more, or set \"heldOut\" to 0.");
        return new TrainingSession(store, config, run, exportFolder, resume, team, progress);
    }

    /// <summary>The shuffled, scaled columns of the steps to come.</summary>
    public ActivationBatches Batches() => new(train, state.Scaling, config.Batch, Seed, FirstStep, config.Steps);

    /// <summary>Takes a step.</summary>
    /// <param name="batch">The step's scaled columns [batch, d], which are overwritten.</param>
    /// <exception cref="UserException">The run has diverged: the message says at which step and what is left.</exception>
    public void Advance(Tensor batch)
    {
        var learningRate = LearningRate.At(config, state.Step);
        var outcome = engine.Step(state, batch, learningRate);
        StopIfDiverged(outcome, state.GradientNorm);
        state.Step++;

        monitor.Step(state, outcome, state.GradientNorm, learningRate);
        if (Due(config.Evaluations) && heldOut.Clips.Count > 0)
            monitor.HeldOut(state, evaluator.Running(state));
        if (Due(config.Histograms))
            monitor.Histogram(state);
        if (Due(config.Checkpoints))
            checkpoints.Save(state);
    }

    /// <summary>Ends the session before its last step, with the state saved.</summary>
    public TrainResult Stop()
    {
        checkpoints.Save(state);
        run.Log($"{(run.EndState == RunStates.Paused ? "Paused" : "Cancelled")} at step {state.Step}; its state is saved.");
        run.Report(SaeTrainer.Stage, run.EndState, state.Step, config.Steps, monitor.Rate, null);
        return Result(finished: false, monitor.Seconds);
    }

    /// <summary>After the last step: measures once more, folds the scaling in, writes the SAE.</summary>
    public TrainResult Finish()
    {
        var seconds = monitor.Seconds;
        engine.Finish(state, evaluator.Batches());
        var (measure, frequency) = evaluator.Full(state);
        if (heldOut.Clips.Count > 0)
            monitor.HeldOut(state, measure);
        var result = Result(finished: true, seconds) with
        {
            HeldOut = heldOut.Clips.Count > 0 ? measure : null,
            ExportFolder = exportFolder,
        };
        result = result with { WeightsHash = Export(result.HeldOut, frequency) };
        run.Log(string.Create(CultureInfo.InvariantCulture,
            $"Done: {result.ColumnsPerSecond:F0} columns/s, explained variance {measure.ExplainedVariance:F4} " +
            $"on {measure.Columns} columns, {result.DeadShare:P1} dead. Written to {exportFolder}."));
        run.Report(SaeTrainer.Stage, RunStates.Done, state.Step, config.Steps, result.ColumnsPerSecond, 0);
        return result;
    }

    public void Dispose()
    {
        evaluator.Dispose();
        state.Dispose();
        engine.Dispose();
    }

    /// <summary>Whether the last step is one of <paramref name="times"/> evenly spread ones, the run's last among them.</summary>
    private bool Due(int times) => times > 0 && state.Step * times / config.Steps > (state.Step - 1) * times / config.Steps;

    private void StartOver(bool hasRunBefore)
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

    private void Initialize(WorkerTeam team)
    {
        state.Scaling = ColumnScaling.Estimate(train, config.ScaleSamples, Seed ^ 0x5CA1E);
        state.Initialize(GeometricMedian.Of(train, state.Scaling, config.MedianSamples, Seed ^ 0x3ED1A, team), Seed);
        using var sample = ColumnSample.Of(train, state.Scaling, StartSamples, Seed ^ 0x57A27);
        engine.Start(state, sample);
        run.Log(string.Create(CultureInfo.InvariantCulture,
            $"Input scale {state.Scaling.Scale:G6} from {Math.Min(config.ScaleSamples, train.ColumnCount)} columns."));
    }

    private void StopIfDiverged(StepOutcome outcome, double gradientNorm)
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

    private TrainResult Result(bool finished, double seconds)
    {
        var window = config.DeadWindowColumns();
        return new TrainResult
        {
            Finished = finished,
            Step = state.Step,
            ResumedFrom = FirstStep,
            TrainingSeconds = seconds,
            ColumnsPerSecond = (state.Step - FirstStep) * config.Batch / Math.Max(seconds, 1e-9),
            DeadShare = (double)state.ColumnsSinceActive.Count(columns => columns >= window) / config.Latents,
        };
    }

    /// <summary>Writes the SAE with the input's scaling folded in; returns its hash.</summary>
    private string Export(HeldOutMeasure? measure, float[] frequency)
    {
        var source = train.Store.Source;
        var training = JsonSerializer.SerializeToNode(config, JsonDefaults.Data)!.AsObject();
        training["columns"] = state.Step * config.Batch;
        training["inputScale"] = state.Scaling.Scale;
        training["split"] = source.Split;
        training["condition"] = source.Condition;
        training["heldOut"] = JsonSerializer.SerializeToNode(measure, JsonDefaults.Data);
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
        SaeFolder.Save(exportFolder, exported, frequency);
        return exported.WeightsHash;
    }
}
