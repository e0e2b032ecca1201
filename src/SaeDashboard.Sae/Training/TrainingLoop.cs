using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.Core.Runs;
using SaeDashboard.Sae.Activations;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training;

/// <summary>
/// The training loop: reads batches and passes them to one or several sessions until each has ended. Sessions with the same layer, batch
/// size, seed and scaling share batches; sessions with the same groups of columns share the reading.
/// </summary>
internal sealed class TrainingLoop : IDisposable
{
    private readonly Dictionary<BatchFeed, List<TrainingSession>> subscribers = [];
    private readonly Dictionary<(long Batch, long Width), Tensor> copies = [];
    private readonly bool several;

    public TrainingLoop(IReadOnlyList<TrainingSession> sessions)
    {
        several = sessions.Count > 1;
        foreach (var alike in sessions.Where(session => !session.Done).GroupBy(session => (session.Reader, session.Layer, session.Config.Batch, session.Config.Seed)))
        {
            var left = alike.ToList();
            while (left.Count > 0)
            {
                var same = left.Where(session => session.Scaling.SameAs(left[0].Scaling)).ToList();
                left.RemoveAll(same.Contains);
                var feed = new BatchFeed(
                    alike.Key.Reader, alike.Key.Layer, same[0].Scaling, alike.Key.Batch, (ulong)alike.Key.Seed,
                    same.Min(session => session.Step), same.Max(session => session.Config.Steps));
                subscribers.Add(feed, same);
            }
        }
    }

    /// <summary>Called with each session's result.</summary>
    public required Action<TrainingSession, TrainResult> Ended { get; init; }

    /// <summary>Called when one of several sessions fails; the others continue. The exception of a single session is thrown.</summary>
    public required Action<TrainingSession, Exception> Failed { get; init; }

    /// <summary>Runs all sessions until they end.</summary>
    /// <param name="cancellation">Stops them, with their states saved.</param>
    public void Run(CancellationToken cancellation)
    {
        bool Ends(TrainingSession session) => cancellation.IsCancellationRequested || session.EndRequested;
        using var batches = new ActivationBatches([.. subscribers.Keys]);
        while (batches.Next(() => subscribers.Values.All(sessions => sessions.All(Ends))) is { } batch)
        {
            var here = subscribers[batch.Feed];
            End(here, Ends, session => session.Stop());
            var due = here.Where(session => session.Step == batch.Step).ToList();
            for (var i = 0; i < due.Count; i++)
            {
                var session = due[i];
                // Engines overwrite their batch: all sessions but the last get a copy.
                var columns = i == due.Count - 1 ? batch.Columns : Copy(batch.Columns);
                Guard(here, session, () => session.Advance(columns, batches.WaitShare));
            }
            End(here, session => session.Done, session => session.Finish());
            if (here.Count == 0)
                batch.Feed.Close();
        }
        // Left are those that were stopped while their columns were still being computed.
        foreach (var left in subscribers.Values)
            End(left, Ends, session => session.Stop());
    }

    public void Dispose()
    {
        foreach (var copy in copies.Values)
            copy.Dispose();
    }

    private void End(List<TrainingSession> sessions, Func<TrainingSession, bool> ends, Func<TrainingSession, TrainResult> how)
    {
        foreach (var session in sessions.Where(ends).ToList())
        {
            if (Guard(sessions, session, () => Ended(session, how(session))))
                sessions.Remove(session);
        }
    }

    private bool Guard(List<TrainingSession> sessions, TrainingSession session, Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (Exception error) when (several && error is UserException or IOException)
        {
            sessions.Remove(session);
            Failed(session, error);
            return false;
        }
    }

    private Tensor Copy(Tensor columns)
    {
        var shape = (columns.size(0), columns.size(1));
        if (!copies.TryGetValue(shape, out var copy))
            copies.Add(shape, copy = empty_like(columns).DetachFromDisposeScope());
        TensorData.AsSpan(columns).CopyTo(TensorData.AsSpan(copy));
        return copy;
    }
}

/// <summary>
/// One SAE in training: starts or resumes a run, takes its steps (<see cref="Advance"/>), saves, evaluates, reports and exports. The caller
/// supplies the batches in order, from <see cref="FirstStep"/> on, and decides when to stop.
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
        // Firing frequencies cover the same number of columns as the window after which a latent is dead, so that the two agree.
        windowStep = config.Steps - (config.DeadWindowColumns() + config.Batch - 1) / config.Batch;
        engine = TrainingEngines.Of(config, data.Width, team, device);
        state = engine.CreateState(data.Width);

        // The data: groups of columns that are in memory at the same time.
        Reader = data.Reader(config);
        Source = data.Source.Layers[layer];

        // The start: the newest checkpoint, another run's checkpoint, or random directions. Nothing is written before a checkpoint has been read,
        // so a refused one leaves the run's folder unchanged.
        checkpoints = new Checkpoints(run.CheckpointsPath, config, CheckpointSource.Of(data.Source, layer));
        var notes = new List<string>();
        var resumed = resume && checkpoints.LoadNewest(state, notes.Add);
        begin?.Invoke();
        run.Report(SaeTrainer.Stage, RunState.Running, state.Step, config.Steps, 0, null);
        foreach (var note in notes)
            run.Log(note);
        run.Log(string.Create(CultureInfo.InvariantCulture,
            $"{config.Steps} steps of {config.Batch} columns from {data.Train.ColumnCount}; " +
            $"{config.Architecture} by {config.ChosenEngine(TrainingEngines.IsGpu(device))} on {device?.ToString() ?? ComputeNames.Cpu}, {config.Latents} latents, k {config.K}, dead after {config.DeadWindowColumns()} columns; " +
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

    /// <summary>The step at which this session began, counted from 0.</summary>
    public long FirstStep { get; }

    /// <summary>Completed steps.</summary>
    public long Step => state.Step;

    public bool Done => state.Step >= config.Steps;

    /// <summary>Whether the run was asked to pause or stop.</summary>
    public bool EndRequested => run.EndRequested;

    public TrainConfig Config => config;

    /// <summary>The layer's index in the source.</summary>
    public int Layer { get; }

    /// <summary>Reads the columns.</summary>
    public ColumnReader Reader { get; }

    /// <summary>Scales the columns.</summary>
    public ColumnScaling Scaling => state.Scaling;

    private ActivationSource Source { get; }

    /// <summary>Starts or resumes a run.</summary>
    /// <remarks>Parameters as for <see cref="SaeTrainer.Train"/>.</remarks>
    /// <exception cref="UserException">Invalid settings, or checkpoints of another run.</exception>
    public static TrainingSession Open(
        TrainingData data, int layer, TrainConfig config, RunFolder run, string exportFolder, bool resume, RunFork? fork, WorkerTeam team,
        IProgress<TrainProgress>? progress, Device? device = null, Action? begin = null)
    {
        // With a checkpoint of its own, the run no longer needs the one it was forked from.
        var own = resume && RunCheckpoints.StepsIn(run.CheckpointsPath).Count > 0;
        var point = fork is null || own ? null : ForkPoint.Find(fork);
        config.Validate(point, TrainingEngines.IsGpu(device) ? device!.ToString() : null);
        point?.Require(CheckpointSource.Of(data.Source, layer), data.Source.Name, run);
        if (Path.Exists(exportFolder))
            throw new UserException($"{exportFolder} exists already: remove it or give another name for the trained SAE.");
        return new TrainingSession(data, layer, config, run, exportFolder, resume, point, team, progress, device, begin);
    }

    /// <summary>Takes one step: learning rate, engine, divergence check, report, evaluation, checkpoint.</summary>
    /// <param name="batch">The step's scaled columns [batch, d], which are overwritten.</param>
    /// <param name="waiting">The share of the time so far spent waiting for columns, 0 to 1.</param>
    /// <exception cref="UserException">The run diverged. The message names the step and the last good checkpoint.</exception>
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
        // Saved states are evaluated at the same step, because the best one is kept.
        double? heldOutLoss = null;
        if (config.Evaluations > 0 && data.HeldOut.Clips.Count > 0 && (saves || Due(config.Evaluations)))
            heldOutLoss = MeasureHeldOut();
        if (Due(config.Histograms))
            monitor.Histogram(state);
        if (saves)
            Save(heldOutLoss);
    }

    /// <summary>Saves the state and ends the session before its last step.</summary>
    public TrainResult Stop()
    {
        Save(null);
        run.Log($"{(run.EndState == RunState.Paused ? "Paused" : "Cancelled")} at step {state.Step}; the state is saved.");
        run.Report(SaeTrainer.Stage, run.EndState, state.Step, config.Steps, monitor.Rate, null);
        return Result(finished: false, monitor.Seconds);
    }

    /// <summary>After the last step: calibrates the threshold, evaluates, folds the scaling into the weights and writes the SAE.</summary>
    public TrainResult Finish()
    {
        var seconds = monitor.Seconds;
        RequireFinite();
        engine.CalibrateThreshold(state, evaluator.Batches());
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

    /// <summary>Whether the last step is one of <paramref name="times"/> evenly spaced ones, which include the run's last.</summary>
    private bool Due(int times) => times > 0 && state.Step * times / config.Steps > (state.Step - 1) * times / config.Steps;

    private void StartOver()
    {
        run.StartOver();
        if (checkpoints.Steps() is { Count: > 0 } steps)
        {
            run.Log($"Starting over: removing {steps.Count} checkpoints up to step {steps[^1]}.");
            checkpoints.Clear();
        }
        // Readers skip the metrics of an earlier attempt.
        if (run.HasRunBefore)
            run.MarkResumed(0);
    }

    private void Initialize(WorkerTeam team)
    {
        run.Log(string.Create(CultureInfo.InvariantCulture,
            $"Estimating input mean and scale from {Math.Min(config.ScaleSamples, data.Train.ColumnCount)} columns of {data.Source.Name}."));
        var prepared = data.Prepare(Layer, team);
        state.Scaling = prepared.Scaling;
        state.Initialize(prepared.Centre, (ulong)config.Seed);
        using var sample = TensorData.FromFloats(prepared.Sample, prepared.Sample.Length / data.Width, data.Width);
        engine.InitializeThresholds(state, sample);
        run.Log(string.Create(CultureInfo.InvariantCulture, $"Input scale {state.Scaling.Scale:G6}."));
    }

    /// <summary>Copies the other run's state into a checkpoint of this run, which no longer depends on the other.</summary>
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

    /// <summary>Before saving or exporting: Adam can produce weights that are not finite from finite gradients.</summary>
    private void RequireFinite()
    {
        if (!CheckpointFile.IsFinite(state))
            throw Diverged(state.Step, "weights are not finite");
    }

    private void StopIfDiverged(StepOutcome outcome, double gradientNorm)
    {
        if (outcome.IsFinite && double.IsFinite(gradientNorm))
            return;
        run.Metric(new { Step = state.Step + 1, Loss = outcome.ReconstructionLoss, outcome.AuxLoss, GradientNorm = gradientNorm });
        throw Diverged(state.Step + 1, $"loss {Number(outcome.ReconstructionLoss)}, gradient norm {Number(gradientNorm)}");
    }

    private UserException Diverged(long step, string what)
    {
        var steps = checkpoints.Steps();
        var last = steps.Count > 0
            ? string.Create(CultureInfo.InvariantCulture, $"The last good state is checkpoint {steps[^1]}, from which a resume continues.")
            : "There is no checkpoint yet.";
        var message = string.Create(CultureInfo.InvariantCulture, $"Training stopped at step {step}: {what}. {last} ") +
            "Check the activations for damage, or fork the run (or start it over) with a lower \"learningRate\".";
        // Reported here with the exact step; the caller's own report repeats the status.
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

/// <summary>The learning rate schedule: linear warm-up, constant, linear decay to 0.</summary>
internal static class LearningRate
{
    /// <summary>The learning rate of a step, counted from 0.</summary>
    public static double At(TrainConfig config, long step)
    {
        var warmUp = Math.Min(1000, (long)Math.Ceiling(config.WarmUp * config.Steps));
        var decay = (long)Math.Ceiling(config.Decay * config.Steps);
        var factor = 1.0;
        if (step < warmUp)
            factor = (step + 1.0) / warmUp;
        if (step >= config.Steps - decay)
            factor = Math.Min(factor, (double)(config.Steps - step) / decay);
        return config.LearningRate * factor;
    }
}
