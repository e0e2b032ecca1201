using System.Text.Json;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;
using SaeDashboard.Sae.Activations;
using SaeDashboard.Sae.Training;

namespace SaeDashboard.Worker.Running;

/// <summary>config.json of a run of <c>train</c>: the training settings, what they are applied to, and the checkpoint that the run begins with.</summary>
internal static class TrainerConfig
{
    /// <param name="run">The run.</param>
    /// <param name="config">Its settings.</param>
    /// <param name="fork">The checkpoint it begins with; null: random weights.</param>
    /// <param name="at">What its columns are.</param>
    /// <param name="source">Where they come from.</param>
    /// <param name="export">The SAE folder it makes.</param>
    /// <exception cref="Core.UserException">The file cannot be written.</exception>
    public static void Write(RunFolder run, TrainConfig config, RunFork? fork, ActivationSource at, IColumnSource source, string export)
    {
        var json = JsonSerializer.SerializeToNode(config, JsonDefaults.Data)!.AsObject();
        if (fork is not null) json[RunFork.Member] = JsonSerializer.SerializeToNode(fork, JsonDefaults.Data);
        var activations = source is ActivationStore store ? Path.GetFullPath(store.Folder) : null;
        var line = new CommandLineRun(at.Model, at.Dataset, at.Hook, at.Condition, at.Split, source.Clips.Count, at.ComputeType, Path.GetFullPath(export), activations, run.Device ?? "cpu");
        json[CommandLineRun.Member] = JsonSerializer.SerializeToNode(line, JsonDefaults.Data);
        run.WriteConfig(json);
    }
}
