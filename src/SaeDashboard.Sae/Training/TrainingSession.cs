using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.Core.Runs;
using SaeDashboard.Sae.Activations;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training;

/// <summary>
/// One SAE in training: its weights and what changes, saves, measures and reports them. Whoever owns the session brings the batches, one
/// after the other from <see cref="FirstStep"/> on, and says when to stop.
/// </summary>
internal sealed class TrainingSession : IDisposable
{
    private readonly TrainingData data;
    private readonly TrainConfig config;
    private readonly RunFolder run;
    private readonly string exportFolder;
    private readonly ITrainingEngine engine;
    private readonly TrainingState state;
    private readonly Checkpoints checkpoints;
    private readonly TrainingMonitor monitor;
    private readonly HeldOutEvaluator evaluator;
    private readonly long windowStep;
    private double waitShare;

    private TrainingSession(
        TrainingData data, int layer, TrainConfig config, RunFolder run, string exportFolder, bool resume, ForkPoint? fork, WorkerTeam team,
        IProgress<TrainProgress>? progress, Device? device, Action? begin)
    {
        (this.data, Layer) = (data, layer);
        (this.config, this.run, this.exportFolder) = (config, run, exportFolder);
        // Firing is counted over the columns after which a silent latent counts as dead, so that the two say the same.
        windowStep = config.Steps - (config.DeadWindowColumns() + config.Batch - 1) / config.Batch;
        engine = TrainingEngines.Of(config, data.Width, team, device);
        state = engine.CreateState(data.Width);

        // The data: groups of columns that are in memory together.
        Reader = data.Reader(config);
        Source = data.Source.Layers[layer];

        // The start: from the newest checkpoint, from another run's, or scale, centre, random directions. A checkpoint that is refused leaves
        // the folder as it was, so nothing is written before it is read.
        checkpoints = new Checkpoints(run.CheckpointsPath, config, CheckpointSource.Of(data.Source, layer));
        var notes = new List<string>();
        var resumed = resume && checkpoints.LoadNewest(state, notes.Add);
        begin?.Invoke();
        run.Report(SaeTrainer.Stage, RunState.Running, state.Step, config.Steps, 0, null);
        foreach (var note in notes)
            run.Log(note);
        run.Log(string.Create(CultureInfo.InvariantCulture,
            $"{config.Steps} steps of {config.Batch} columns from {data.Train.ColumnCount}; " +
            $"{config.Architecture} by {config.ChosenEngine(TrainingEngines.IsGpu(device))} on {device?.ToString() ?? "cpu"}, {config.Latents} latents, k {config.K}, dead after {config.DeadWindowColumns()} columns; " +
            $"{data.HeldOut.Clips.Count} of {data.Source.Clips.Count} clips held out; {team.Size} threads; " +
            $"shuffled {Reader.Order.LargestGroup} columns at a time in {Reader.MemoryBytes / 1e6:F0} MB."));
        if (resumed)
        {
            run.Log($"Resumed from step {state.Step}.");
            run.MarkResumed(state.Step);
        }
        else
        {
            StartOver();
            if (fork is not null)
                BeginFork(fork);
            else
                Initialize(team);
        }
        FirstStep = state.Step;
        monitor = new TrainingMonitor(config, run, FirstStep, checkpoints.Origin, progress);
        evaluator = new HeldOutEvaluator(data, layer, state.Scaling, engine);
    }

    /// <summary>The step this session began with, counted from 0.</summary>
    public long FirstStep { get; }

    /// <summary>Steps done.</summary>
    public long Step => state.Step;

    public bool Done => state.Step >= config.Steps;

    /// <summary>Whether somebody asked for the end of this run.</summary>
    public bool EndRequested => run.EndRequested;

    public TrainConfig Config => config;

    /// <summary>The layer's place in the source.</summary>
    public int Layer { get; }

    /// <summary>Where the columns are.</summary>
    public ColumnReader Reader { get; }

    /// <summary>What is done to them.</summary>
    public ColumnScaling Scaling => state.Scaling;

    private ActivationSource Source { get; }

    private ulong Seed => (ulong)config.Seed;

    /// <summary>Starts a run, or goes on with one.</summary>
    /// <param name="data">The columns.</param>
    /// <param name="layer">Which of the data's layers.</param>
    /// <param name="config">The settings.</param>
    /// <param name="run">The run's folder.</param>
    /// <param name="exportFolder">The SAELens folder to make; it must not exist.</param>
    /// <param name="resume">Go on from the newest whole checkpoint, if there is one.</param>
    /// <param name="fork">The checkpoint of another run that this one begins with.</param>
    /// <param name="team">The threads.</param>
    /// <param name="progress">Told at most some times a second.</param>
    /// <param name="device">What computes the steps; null: the CPU.</param>
    /// <param name="begin">Called when nothing is refused any more and before anything is written into the run's folder.</param>
    /// <exception cref="UserException">Settings that cannot work, checkpoints of another run.</exception>
    public static TrainingSession Open(
        TrainingData data, int layer, TrainConfig config, RunFolder run, string exportFolder, bool resume, RunFork? fork, WorkerTeam team,
        IProgress<TrainProgress>? progress, Device? device = null, Action? begin = null)
    {
        // Once the run has a checkpoint of its own, the other run may be gone.
        var own = resume && RunCheckpoints.StepsIn(run.CheckpointsPath).Count > 0;
        var point = fork is null || own ? null : ForkPoint.Find(fork);
        config.Validate(point, TrainingEngines.IsGpu(device) ? device!.ToString() : null);
        point?.Require(CheckpointSource.Of(data.Source, layer), data.Source.Name, run);
        if (Path.Exists(exportFolder))
            throw new UserException($"{exportFolder} exists already: remove it or give another name for the trained SAE.");
        return new TrainingSession(data, layer, config, run, exportFolder, resume, point, team, progress, device, begin);
    }

    /// <summary>Takes a step.</summary>
    /// <param name="batch">The step's scaled columns [batch, d], which are overwritten.</param>
    /// <param name="waiting">The share of the time so far in which training waited for columns.</param>
    /// <exception cref="UserException">The run has diverged: the message says at which step and what is left.</exception>
    public void Advance(Tensor batch, double waiting)
    {
        waitShare = waiting;
        var learningRate = LearningRate.At(config, state.Step);
        var outcome = engine.Step(state, batch, learningRate);
        StopIfDiverged(outcome, state.GradientNorm);
        state.Step++;
        if (state.Step == windowStep)
            state.BeginWindow();

        monitor.Step(state, outcome, state.GradientNorm, learningRate, waitShare);
        var saves = Due(config.Checkpoints);
        // A state that is saved is measured at that very step: the best one is kept.
        double? heldOutLoss = null;
        if (config.Evaluations > 0 && data.HeldOut.Clips.Count > 0 && (saves || Due(config.Evaluations)))
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
        run.Log($"{(run.EndState == RunState.Paused ? "Paused" : "Cancelled")} at step {state.Step}; its state is saved.");
        run.Report(SaeTrainer.Stage, run.EndState, state.Step, config.Steps, monitor.Rate, null);
        return Result(finished: false, monitor.Seconds);
    }

    /// <summary>After the last step: measures once more, folds the scaling in, writes the SAE.</summary>
    public TrainResult Finish()
    {
        var seconds = monitor.Seconds;
        RequireFinite();
        engine.Finish(state, evaluator.Batches());
        var measure = evaluator.Full(state);
        if (!double.IsFinite(measure.Loss))
            throw Diverged(state.Step, $"the loss on the held-out clips is {Number(measure.Loss)}");
        if (data.HeldOut.Clips.Count > 0)
            monitor.HeldOut(state, measure);
        var result = Result(finished: true, seconds) with
        {
            HeldOut = data.HeldOut.Clips.Count > 0 ? measure : null,
            ExportFolder = exportFolder,
        };
        run.RequirePresent();
        result = result with { WeightsHash = TrainedExport.Write(exportFolder, engine, state, config, Source, checkpoints.Origin, result.HeldOut) };
        run.Log(string.Create(CultureInfo.InvariantCulture,
            $"Done: {result.ColumnsPerSecond:F0} columns/s, explained variance {measure.ExplainedVariance:F4} " +
            $"on {measure.Columns} columns, {result.DeadShare:P1} dead, {waitShare:P1} of the time spent waiting for columns. Written to {exportFolder}."));
        run.Report(SaeTrainer.Stage, RunState.Done, state.Step, config.Steps, result.ColumnsPerSecond, 0);
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

    private void StartOver()
    {
        run.StartOver();
        if (checkpoints.Steps() is { Count: > 0 } steps)
        {
            run.Log($"Starts over: {steps.Count} checkpoints up to step {steps[^1]} are removed.");
            checkpoints.Clear();
        }
        // Lines of an earlier attempt no longer count.
        if (run.HasRunBefore)
            run.MarkResumed(0);
    }

    private void Initialize(WorkerTeam team)
    {
        run.Log(string.Create(CultureInfo.InvariantCulture, $"Takes scale and centre from {Math.Min(config.ScaleSamples, data.Train.ColumnCount)} columns of {data.Source.Name}."));
        var prepared = data.Prepare(Layer, team);
        state.Scaling = prepared.Scaling;
        state.Initialize(prepared.Centre, Seed);
        using var sample = TensorData.FromFloats(prepared.Sample, prepared.Sample.Length / data.Width, data.Width);
        engine.Start(state, sample);
        run.Log(string.Create(CultureInfo.InvariantCulture, $"Input scale {state.Scaling.Scale:G6}."));
    }

    /// <summary>The first step of a run that goes on from another's checkpoint: it has that state as its own, come what may to the other.</summary>
    private void BeginFork(ForkPoint fork)
    {
        checkpoints.Fork(state, fork);
        state.BeginWindow();
        run.Log(string.Create(CultureInfo.InvariantCulture, $"Forked from step {state.Step} of {fork.RunPath}."));
        run.Metric(new { state.Step, ForkedFrom = new { checkpoints.Origin!.Run, state.Step } });
        Save(null);
    }

    private void Save(double? heldOutLoss)
    {
        RequireFinite();
        run.RequirePresent();
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
        run.Report(SaeTrainer.Stage, RunState.Failed, step, config.Steps, 0, null, message);
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
            WaitShare = waitShare,
            DeadShare = (double)state.ColumnsSinceActive.Count(columns => columns >= window) / config.Latents,
        };
    }
}
