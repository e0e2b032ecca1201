using SaeDashboard.Core;
using SaeDashboard.Core.Tensors;
using SaeDashboard.Sae.Activations;

namespace SaeDashboard.Sae.Training;

/// <summary>Makes an SAE of a saved state of a run, as the run itself makes one of its last. The run may go on meanwhile.</summary>
public static class CheckpointExport
{
    /// <summary>Writes the SAELens folder.</summary>
    /// <param name="checkpoint">The run, and the step; without a step the newest.</param>
    /// <param name="folder">The folder to make; it must not exist.</param>
    /// <param name="source">The activations that the run trains on: what a batch's selection cuts is settled, and the SAE measured, on the clips it held
    /// out. Null: a threshold is the one that training averaged, and nothing is measured.</param>
    /// <param name="threads">Threads; 0: as many as there are.</param>
    /// <param name="cancellation">Nothing is left behind.</param>
    /// <exception cref="UserException">The checkpoint does not exist, it is damaged, the activations are others, or the folder cannot be written.</exception>
    public static ExportedCheckpoint Export(RunFork checkpoint, string folder, IColumnSource? source, int threads = 0, CancellationToken cancellation = default)
    {
        if (Path.Exists(folder)) throw new UserException($"{folder} exists already: remove it or give another name for the SAE.");
        var point = ForkPoint.Find(checkpoint);
        var (config, activations) = (point.Label.Config, point.Label.Activations);
        if (source is not null && CheckpointSource.Of(source, 0) is var now && now != activations)
        {
            throw new UserException($"{source.Name} does not hold the activations that {point.RunPath} is trained on ({activations.Describe()}; now {now.Describe()}). " +
                "Give those, or none: then the SAE is not measured.");
        }
        using var team = new WorkerTeam(threads);
        using var engine = TrainingEngines.Of(config, activations.Source.Width, team);
        using var state = engine.CreateState(activations.Source.Width);
        using (var file = SafetensorsFile.Open(point.File)) CheckpointFile.Load(file, state, point.Step);
        if (!CheckpointFile.IsFinite(state)) throw new UserException($"{point.File} holds weights that are not finite: take an earlier checkpoint.");
        var measure = source is null ? null : Measure(source, config, engine, state, cancellation);
        var hash = TrainedExport.Write(folder, engine, state, config, activations.Source, point.Label.Fork, measure, ofStep: point.Step);
        return new ExportedCheckpoint(folder, hash, point.Step, measure);
    }

    private static HeldOutMeasure? Measure(IColumnSource source, TrainConfig config, ITrainingEngine engine, TrainingState state, CancellationToken cancellation)
    {
        using var data = new TrainingData(source, [0], config, null, () => cancellation.IsCancellationRequested);
        using var evaluator = new HeldOutEvaluator(data, 0, state.Scaling, engine);
        engine.Finish(state, evaluator.Batches());
        cancellation.ThrowIfCancellationRequested();
        return data.HeldOut.Clips.Count > 0 ? evaluator.Full(state) : null;
    }
}
