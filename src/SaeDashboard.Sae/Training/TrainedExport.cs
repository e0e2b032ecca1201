using System.Text.Json;
using SaeDashboard.Core.Saes;
using SaeDashboard.Sae.Activations;
using SaeDashboard.Sae.Formats;

namespace SaeDashboard.Sae.Training;

/// <summary>A trained SAE as the world gets it: a SAELens folder for raw activations, which says how it came about.</summary>
internal static class TrainedExport
{
    /// <summary>Writes the SAE with the input's scaling folded in; returns its hash.</summary>
    /// <param name="folder">The SAELens folder to make.</param>
    /// <param name="engine">Knows the architecture's published form.</param>
    /// <param name="state">The weights, and how often each latent was active in training.</param>
    /// <param name="config">The run's settings.</param>
    /// <param name="source">What it was trained on.</param>
    /// <param name="fork">The run it was forked from, or null.</param>
    /// <param name="measure">On the held-out clips, or null.</param>
    /// <param name="ofStep">The checkpoint it is made of; null: the run's end.</param>
    public static string Write(
        string folder, ITrainingEngine engine, TrainingState state, TrainConfig config, ActivationSource source, ForkOrigin? fork, HeldOutMeasure? measure,
        long? ofStep = null)
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
        SaeFolder.Save(folder, exported, state.FiringFrequency());
        return exported.WeightsHash;
    }
}
