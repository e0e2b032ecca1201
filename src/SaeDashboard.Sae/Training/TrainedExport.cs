using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Saes;
using SaeDashboard.Core.Tensors;
using SaeDashboard.Sae.Activations;
using SaeDashboard.Sae.Formats;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training;

/// <summary>Writes a trained SAE as a SAELens folder for raw activations, with its training settings in the metadata.</summary>
internal static class TrainedExport
{
    /// <summary>Writes the SAE with the input scaling folded in; returns its hash.</summary>
    /// <param name="folder">The SAELens folder to create.</param>
    /// <param name="engine">Exports the architecture.</param>
    /// <param name="state">The weights, and how often each latent was active in training.</param>
    /// <param name="config">The run's settings.</param>
    /// <param name="source">The activations it was trained on.</param>
    /// <param name="fork">The run it was forked from, or null.</param>
    /// <param name="measure">Evaluation on the held-out clips, or null.</param>
    /// <param name="ofStep">The step of the checkpoint it is exported from; null: the end of the run.</param>
    public static string Write(
        string folder, ITrainingEngine engine, TrainingState state, TrainConfig config, ActivationSource source, ForkOrigin? fork,
        HeldOutMeasure? measure, long? ofStep = null)
    {
        var training = JsonSerializer.SerializeToNode(config, JsonDefaults.Data)!.AsObject();
        training["columns"] = ForkOrigin.ColumnsAt(fork, config, state.Step);
        if (fork is { } origin)
            training["forkedFrom"] = JsonSerializer.SerializeToNode(new { origin.Run, origin.Step }, JsonDefaults.Data);
        if (ofStep is { } step)
            training["checkpoint"] = step;
        training["inputScale"] = state.Scaling.Scale;
        training["split"] = source.Split;
        training["condition"] = source.Condition;
        training["heldOut"] = JsonSerializer.SerializeToNode(measure, JsonDefaults.Data);
        using var scaled = engine.Export(state, new SaeMetadata
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
        SaeFolder.Save(folder, exported, state.FiringFrequency());
        return exported.WeightsHash;
    }
}

/// <summary>Exports a checkpoint of a run as an SAE, like the run itself does at its end. The run may continue meanwhile.</summary>
public static class CheckpointExport
{
    /// <summary>Writes the SAELens folder.</summary>
    /// <param name="checkpoint">The run and the step; without a step, the newest checkpoint.</param>
    /// <param name="folder">The folder to make; it must not exist.</param>
    /// <param name="source">The activations that the run trains on: the threshold is calibrated and the SAE evaluated on the clips it held
    /// out. Null: the threshold is the average from training, and nothing is evaluated.</param>
    /// <param name="threads">Threads; 0: all.</param>
    /// <param name="cancellation">Stops without leaving files behind.</param>
    /// <exception cref="UserException">The checkpoint does not exist or is damaged, the activations are others, or the folder cannot be
    /// written.</exception>
    public static ExportedCheckpoint Export(
        RunFork checkpoint, string folder, IColumnSource? source, int threads = 0, CancellationToken cancellation = default)
    {
        if (Path.Exists(folder))
            throw new UserException($"{folder} exists already: remove it or give another name for the SAE.");
        var point = ForkPoint.Find(checkpoint);
        var (config, activations) = (point.Label.Config, point.Label.Activations);
        if (source is not null && CheckpointSource.Of(source, 0) is var now && now != activations)
        {
            throw new UserException($"{source.Name} does not hold the activations that {point.RunPath} is trained on " +
                $"({activations.Describe()}; now {now.Describe()}). " +
                "Give the same activations, or none to export without an evaluation.");
        }
        using var team = new WorkerTeam(threads);
        using var engine = TrainingEngines.Of(config, activations.Source.Width, team);
        using var state = engine.CreateState(activations.Source.Width);
        using (var file = SafetensorsFile.Open(point.File))
            CheckpointFile.Load(file, state, point.Step);
        if (!CheckpointFile.IsFinite(state))
            throw new UserException($"{point.File} holds weights that are not finite: take an earlier checkpoint.");
        var measure = source is null ? null : Measure(source, config, engine, state, cancellation);
        var hash = TrainedExport.Write(folder, engine, state, config, activations.Source, point.Label.Fork, measure, ofStep: point.Step);
        return new ExportedCheckpoint(folder, hash, point.Step, measure);
    }

    private static HeldOutMeasure? Measure(
        IColumnSource source, TrainConfig config, ITrainingEngine engine, TrainingState state, CancellationToken cancellation)
    {
        using var data = new TrainingData(source, [0], config, null, () => cancellation.IsCancellationRequested);
        using var evaluator = new HeldOutEvaluator(data, 0, state.Scaling, engine);
        engine.CalibrateThreshold(state, evaluator.Batches());
        cancellation.ThrowIfCancellationRequested();
        return data.HeldOut.Clips.Count > 0 ? evaluator.Full(state) : null;
    }
}

/// <summary>An SAE that was exported from a checkpoint.</summary>
/// <param name="Folder">Its folder.</param>
/// <param name="WeightsHash">Its hash.</param>
/// <param name="Step">The checkpoint's step.</param>
/// <param name="HeldOut">Evaluation on the clips the run held out, or null.</param>
public sealed record ExportedCheckpoint(string Folder, string WeightsHash, long Step, HeldOutMeasure? HeldOut);

/// <summary>
/// Folds the scaling x' = s·(x − μ) that an SAE was trained with into its weights, so that it reads and writes raw activations.
/// </summary>
public static class InputFolding
{
    /// <summary>
    /// W_enc·s, W_dec/s, b_dec/s + μ; pre-activations and thresholds stay. Without <see cref="SaeConfig.ApplyBDecToInput"/> also b_enc −
    /// s·μᵀW_enc (gated: b_gate likewise, b_mag times e^r_mag). Latents keep their values (with <see
    /// cref="SaeConfig.RescaleActsByDecoderNorm"/> they are divided by s); directions get the norm 1/s.
    /// </summary>
    /// <param name="scaled">The SAE for x', owned by the caller.</param>
    /// <param name="scaling">μ and s.</param>
    public static SparseAutoencoder Fold(SparseAutoencoder scaled, ColumnScaling scaling)
    {
        var config = scaled.Config;
        if (config.NormalizeActivations is InputNormalization.LayerNorm or InputNormalization.ConstantNormRescale)
            throw new ArgumentException($"{config.NormalizeActivations} cannot be combined with an input scaling.", nameof(scaled));

        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var mean = TensorData.FromFloats(scaling.Mean, scaling.Mean.Length);
        var weights = scaled.Tensors.ToDictionary(entry => entry.Key, entry => entry.Value.clone());
        if (!config.ApplyBDecToInput)
        {
            var shift = mean.unsqueeze(0).mm(scaled.WEnc).squeeze(0).Mul(scaling.Scale);
            if (config.Architecture == SaeArchitecture.Gated)
            {
                weights["b_gate"] = weights["b_gate"].sub(shift);
                weights["b_mag"] = weights["b_mag"].sub(shift.mul(weights["r_mag"].exp()));
            }
            else
            {
                weights["b_enc"] = weights["b_enc"].sub(shift);
            }
        }
        weights["W_enc"] = weights["W_enc"].Mul(scaling.Scale);
        weights["W_dec"] = weights["W_dec"].Div(scaling.Scale);
        weights["b_dec"] = weights["b_dec"].Div(scaling.Scale).Add(mean);
        return new SparseAutoencoder(config, weights);
    }
}
