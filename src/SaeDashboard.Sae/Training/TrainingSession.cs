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
        ActivationStore store, TrainConfig config, RunFolder run, string exportFolder, bool resume, ForkPoint? fork, WorkerTeam team,
        IProgress<TrainProgress>? progress)
    {
        (this.config, this.run, this.exportFolder) = (config, run, exportFolder);
        engine = config.ChosenEngine() == TrainEngine.Sparse ? new SparseEngine(config, store.Width, team) : new AutogradEngine(config, team);
        state = engine.CreateState(store.Width);
        var hasRunBefore = RunFolder.ReadStatus(run.Path) is not null;
        run.Report(SaeTrainer.Stage, RunStates.Running, 0, config.Steps, 0, null);

        // The start: from the newest checkpoint, from another run's, or scale, centre, random directions.
        checkpoints = new Checkpoints(run.CheckpointsPath, config, store);
        var resumed = resume && checkpoints.LoadNewest(state, run.Log);
        if (!resumed)
            StartOver(hasRunBefore);
        if (!resumed && fork is not null)
            checkpoints.Fork(state, fork);

        // The data: by clip, a few are held out.
        (train, heldOut) = ClipSubset.Split(store, config.HeldOut, (ulong)(checkpoints.Origin?.HeldOutSeed ?? config.Seed));
        run.Log(string.Create(CultureInfo.InvariantCulture,
            $"{config.Steps} steps of {config.Batch} columns from {train.ColumnCount}; " +
            $"{config.Architecture} by {config.ChosenEngine()}, {config.Latents} latents, k {config.K}, dead after {config.DeadWindowColumns()} columns; " +
            $"{heldOut.Clips.Count} of {store.ClipCount} clips held out; {team.Size} threads."));
        if (resumed)
        {
            run.Log($"Resumed from step {state.Step}.");
            run.MarkResumed(state.Step);
        }
        else if (fork is not null)
        {
            BeginFork(fork);
        }
        else
        {
            Initialize(team);
        }
        FirstStep = state.Step;
        monitor = new TrainingMonitor(config, run, FirstStep, checkpoints.Origin, progress);
        evaluator = new HeldOutEvaluator(heldOut.Clips.Count > 0 ? heldOut : train, state.Scaling, config, engine);
    }

    /// <summary>The step this session began with, counted from 0.</summary>
    public long FirstStep { get; }

    public bool Done => state.Step >= config.Steps;

    private ulong Seed => (ulong)config.Seed;

    /// <summary>Starts a run, or goes on with one.</summary>
    /// <exception cref="UserException">Settings that cannot work, checkpoints of another run.</exception>
    public static TrainingSession Open(
        ActivationStore store, TrainConfig config, RunFolder run, string exportFolder, bool resume, RunFork? fork, WorkerTeam team,
        IProgress<TrainProgress>? progress)
    {
        // Once the run has a checkpoint of its own, the other run may be gone.
        var own = resume && RunCheckpoints.StepsIn(run.CheckpointsPath).Count > 0;
        var point = fork is null || own ? null : ForkPoint.Find(fork);
        config.Validate(store.Width, point);
        point?.Require(store, run);
        if (Path.Exists(exportFolder))
            throw new UserException($"{exportFolder} exists already: remove it or give another name for the trained SAE.");
        if (config.HeldOut > 0 && store.ClipCount < 2)
            throw new UserException($"{store.Folder} holds one clip: none can be held out. Collect more, or set \"heldOut\" to 0.");
        return new TrainingSession(store, config, run, exportFolder, resume, point, team, progress);
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
        var saves = Due(config.Checkpoints);
        // A state that is saved is measured at that very step: the best one is kept.
        double? heldOutLoss = null;
        if (config.Evaluations > 0 && heldOut.Clips.Count > 0 && (saves || Due(config.Evaluations)))
            heldOutLoss = MeasureHeldOut();
        if (Due(config.Histograms))
            monitor.Histogram(state);
        if (saves)
            Save(heldOutLoss);
    }

    /// <summary>Ends the session before its last step, with the state saved.</summary>
    public TrainResult Stop()
    {
        Save(null);
        run.Log($"{(run.EndState == RunStates.Paused ? "Paused" : "Cancelled")} at step {state.Step}; its state is saved.");
        run.Report(SaeTrainer.Stage, run.EndState, state.Step, config.Steps, monitor.Rate, null);
        return Result(finished: false, monitor.Seconds);
    }

    /// <summary>After the last step: measures once more, folds the scaling in, writes the SAE.</summary>
    public TrainResult Finish()
    {
        var seconds = monitor.Seconds;
        RequireFinite();
        engine.Finish(state, evaluator.Batches());
        var (measure, frequency) = evaluator.Full(state);
        if (!double.IsFinite(measure.Loss))
            throw Diverged(state.Step, $"the loss on the held-out clips is {Number(measure.Loss)}");
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

    /// <summary>The first step of a run that goes on from another's checkpoint: it has that state as its own, come what may to the other.</summary>
    private void BeginFork(ForkPoint fork)
    {
        run.Log(string.Create(CultureInfo.InvariantCulture, $"Forked from step {state.Step} of {fork.RunPath}."));
        run.Metric(new { state.Step, ForkedFrom = new { checkpoints.Origin!.Run, state.Step } });
        Save(null);
    }

    private void Save(double? heldOutLoss)
    {
        RequireFinite();
        checkpoints.Save(state, heldOutLoss);
    }

    private double MeasureHeldOut()
    {
        var measure = evaluator.Running(state);
        monitor.HeldOut(state, measure);
        return double.IsFinite(measure.Loss) ? measure.Loss : throw Diverged(state.Step, $"the loss on the held-out clips is {Number(measure.Loss)}");
    }

    /// <summary>No state is saved or exported that is not finite: Adam can leave one after gradients that were.</summary>
    private void RequireFinite()
    {
        if (!CheckpointFile.IsFinite(state))
            throw Diverged(state.Step, "it left weights that are not finite");
    }

    private void StopIfDiverged(StepOutcome outcome, double gradientNorm)
    {
        if (double.IsFinite(outcome.SquaredError) && double.IsFinite(outcome.AuxLoss + outcome.ExtraLoss) && double.IsFinite(gradientNorm))
            return;
        run.Metric(new { Step = state.Step + 1, Loss = outcome.ReconstructionLoss, outcome.AuxLoss, GradientNorm = gradientNorm });
        throw Diverged(state.Step + 1, $"loss {Number(outcome.ReconstructionLoss)}, gradient norm {Number(gradientNorm)}");
    }

    private UserException Diverged(long step, string what)
    {
        var steps = checkpoints.Steps();
        var last = steps.Count > 0
            ? string.Create(CultureInfo.InvariantCulture, $"The last good state is checkpoint {steps[^1]}, from which a resume goes on.")
            : "There is no checkpoint yet.";
        var message = string.Create(CultureInfo.InvariantCulture, $"Training stopped at step {step}: {what}. {last} ") +
            "Check the activations for damage, or fork the run (or start it over) with a lower \"learningRate\".";
        // With the very step; who catches this repeats what the status says.
        run.Report(SaeTrainer.Stage, RunStates.Failed, step, config.Steps, 0, null, message);
        return new UserException(message);
    }

    private static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);

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
        training["columns"] = ForkOrigin.ColumnsAt(checkpoints.Origin, config, state.Step);
        if (checkpoints.Origin is { } origin)
            training["forkedFrom"] = JsonSerializer.SerializeToNode(new { origin.Run, origin.Step }, JsonDefaults.Data);
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
