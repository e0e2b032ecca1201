using System.Globalization;
using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Tensors;
using SaeDashboard.Sae.Activations;
using SaeDashboard.Torch.Extensions;

namespace SaeDashboard.Sae.Training;

/// <summary>
/// A run's saved states: <c>checkpoints/&lt;step&gt;/state.safetensors</c> holds all a run needs to go on as if it had never stopped.
/// Folders appear whole; the newest three are kept.
/// </summary>
internal sealed class Checkpoints
{
    private const string StateFile = "state.safetensors";
    private const string ConfigKey = "config";
    private const string SourceKey = "activations";
    private const int Kept = 3;
    private readonly string folder;
    private readonly string config;
    private readonly string source;

    /// <param name="folder">Where they are.</param>
    /// <param name="config">The run's settings.</param>
    /// <param name="columns">What the columns are: a value that is equal in JSON for equal columns.</param>
    public Checkpoints(string folder, TrainConfig config, object columns)
    {
        this.folder = folder;
        // What changes only how a run is watched or how fast it goes may differ when it is resumed.
        var essential = config with { Threads = 0, Checkpoints = 0, Evaluations = 0, Histograms = 0 };
        this.config = JsonSerializer.Serialize(essential, JsonDefaults.Lines);
        source = JsonSerializer.Serialize(columns, JsonDefaults.Lines);
    }

    /// <summary>The steps that have one, oldest first.</summary>
    public IReadOnlyList<long> Steps() => !Directory.Exists(folder) ? [] : Directory.EnumerateDirectories(folder)
        .Select(path => long.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var step) ? step : -1)
        .Where(step => step >= 0).Order().ToArray();

    /// <summary>Saves the state, then drops what is older than the newest three.</summary>
    public void Save(TrainingState state)
    {
        var writer = new SafetensorsWriter();
        writer.Metadata[ConfigKey] = config;
        writer.Metadata[SourceKey] = source;
        foreach (var tensor in state.Trained)
        {
            writer.Add(tensor.Name, TensorData.AsSpan(tensor.Value), tensor.Shape);
            writer.Add(tensor.Name + ".first_moment", TensorData.AsSpan(tensor.FirstMoment), tensor.Shape);
            writer.Add(tensor.Name + ".second_moment", TensorData.AsSpan(tensor.SecondMoment), tensor.Shape);
        }
        writer.Add("input_mean", state.Scaling.Mean, state.Width);
        writer.Add("input_scale", [state.Scaling.Scale], 1);
        writer.Add("step", [state.Step], 1);
        writer.Add("columns_since_active", state.ColumnsSinceActive, state.Latents);
        writer.Add("active_counts", state.ActiveCounts, state.Latents);
        writer.Add("counted_columns", [state.CountedColumns], 1);
        writer.Add("threshold_average", [state.Threshold.Sum], 1);
        writer.Add("threshold_count", [state.Threshold.Count], 1);

        using (var target = AtomicFolder.Create(PathOf(state.Step), replace: true))
        {
            writer.Save(Path.Combine(target.WorkPath, StateFile));
            target.Commit();
        }
        foreach (var old in Steps().SkipLast(Kept))
            Directory.Delete(PathOf(old), recursive: true);
    }

    /// <summary>Restores the newest state that is whole; false when there is none.</summary>
    /// <param name="state">What is filled.</param>
    /// <param name="log">Told of checkpoints that cannot be read.</param>
    /// <exception cref="UserException">The checkpoints belong to other settings or other activations.</exception>
    public bool LoadNewest(TrainingState state, Action<string> log)
    {
        foreach (var step in Steps().Reverse())
        {
            var path = Path.Combine(PathOf(step), StateFile);
            SafetensorsFile file;
            try
            {
                file = SafetensorsFile.Open(path);
            }
            catch (UserException error)
            {
                log($"Checkpoint {step} is passed over: {error.Message}");
                continue;
            }
            using (file)
            {
                RefuseOther(file, ConfigKey, config, "other settings");
                RefuseOther(file, SourceKey, source, "other activations");
                Load(state, file);
            }
            return true;
        }
        return false;
    }

    /// <summary>Removes every checkpoint: the run starts anew.</summary>
    public void Clear()
    {
        foreach (var step in Steps())
            Directory.Delete(PathOf(step), recursive: true);
    }

    private static void Load(TrainingState state, SafetensorsFile file)
    {
        foreach (var tensor in state.Trained)
        {
            file.ReadFloat32(tensor.Name).CopyTo(TensorData.AsSpan(tensor.Value));
            file.ReadFloat32(tensor.Name + ".first_moment").CopyTo(TensorData.AsSpan(tensor.FirstMoment));
            file.ReadFloat32(tensor.Name + ".second_moment").CopyTo(TensorData.AsSpan(tensor.SecondMoment));
        }
        state.Scaling = new ColumnScaling(file.ReadFloat32("input_mean"), file.ReadFloat32("input_scale")[0]);
        state.Step = file.ReadInt64("step")[0];
        file.ReadInt64("columns_since_active").CopyTo(state.ColumnsSinceActive, 0);
        file.ReadInt64("active_counts").CopyTo(state.ActiveCounts, 0);
        state.CountedColumns = file.ReadInt64("counted_columns")[0];
        // A TopK run that began before there were others has none.
        if (file.Contains("threshold_count"))
            state.Threshold.Restore(file.ReadFloat32("threshold_average")[0], file.ReadInt64("threshold_count")[0]);
    }

    private static void RefuseOther(SafetensorsFile file, string key, string expected, string what)
    {
        if (!file.Metadata.TryGetValue(key, out var saved) || saved != expected)
        {
            throw new UserException($"{file.Path} was made with {what} ({saved ?? "unknown"}; now {expected}). " +
                "Resume with what the run began with, or start it over without --resume.");
        }
    }

    private string PathOf(long step) => Path.Combine(folder, step.ToString(CultureInfo.InvariantCulture));
}
