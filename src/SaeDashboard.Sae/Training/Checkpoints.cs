using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;
using SaeDashboard.Core.Tensors;
using SaeDashboard.Sae.Activations;

namespace SaeDashboard.Sae.Training;

/// <summary>
/// A run's checkpoints, a folder with a <see cref="CheckpointFile"/> each. A new folder appears complete and synced before an older one is
/// removed. Kept are the newest three, the best on the held-out clips, and pinned ones.
/// </summary>
internal sealed class Checkpoints
{
    private const int Kept = 3;
    private const string Removed = ".removed-";
    private readonly string folder;
    private readonly TrainConfig config;
    private readonly CheckpointSource source;
    private RunBest? best;
    private long? saved;

    /// <param name="folder">The folder of all checkpoints.</param>
    /// <param name="config">The run's settings.</param>
    /// <param name="source">The activations it trains on.</param>
    public Checkpoints(string folder, TrainConfig config, CheckpointSource source)
    {
        this.folder = folder;
        this.config = CheckpointLabel.Essential(config);
        this.source = source;
    }

    /// <summary>The run it was forked from; null: it began with random weights.</summary>
    public ForkOrigin? Origin { get; private set; }

    /// <summary>The steps that have a checkpoint, oldest first.</summary>
    public IReadOnlyList<long> Steps() => RunCheckpoints.StepsIn(folder);

    /// <summary>Saves the state, then removes old checkpoints.</summary>
    /// <param name="state">The state; it must be finite.</param>
    /// <param name="heldOutLoss">Its loss on the held-out clips; null if it was not evaluated at this step.</param>
    public void Save(TrainingState state, double? heldOutLoss)
    {
        // The run was paused right after a save.
        if (saved == state.Step)
            return;
        var path = PathOf(state.Step);
        using (var target = AtomicFolder.Create(path, replace: true))
        {
            var label = new CheckpointLabel(config, source, Origin, heldOutLoss);
            CheckpointFile.Save(Path.Combine(target.WorkPath, RunCheckpoints.StateFile), state, label);
            if (RunCheckpoints.IsPinned(path))
                File.Create(Path.Combine(target.WorkPath, RunCheckpoints.PinFile)).Dispose();
            target.Commit();
        }
        saved = state.Step;
        if (heldOutLoss is { } loss && !(loss >= best?.HeldOutLoss))
        {
            best = new RunBest(state.Step, loss);
            RunCheckpoints.WriteBest(folder, best);
        }
        Prune(state.Step);
    }

    /// <summary>Restores the newest intact state; false when there is no checkpoint.</summary>
    /// <param name="state">The state to fill.</param>
    /// <param name="log">Receives a line for each checkpoint that cannot be read.</param>
    /// <exception cref="UserException">The checkpoints belong to other settings or other activations, or none can be read.</exception>
    public bool LoadNewest(TrainingState state, Action<string> log)
    {
        var steps = Steps();
        var why = new List<string>();
        foreach (var step in steps.Reverse())
        {
            if (!TryLoad(step, state, note => { why.Add(note); log(note); }))
                continue;
            saved = step;
            FindBest(step);
            return true;
        }
        return steps.Count == 0 ? false : throw new UserException(
            $"None of the {steps.Count} checkpoints in {folder} can be read. {string.Join(' ', why)} " +
            "Remove that folder, or start the run over without --resume.");
    }

    /// <summary>Loads another run's state.</summary>
    /// <exception cref="UserException">Its checkpoint is damaged.</exception>
    public void Fork(TrainingState state, ForkPoint point)
    {
        using var file = SafetensorsFile.Open(point.File);
        CheckpointFile.Load(file, state, point.Step);
        // The average belongs to a selection of another k.
        if (point.Config.K != config.K)
        {
            state.Threshold.Restore(0, 0);
            state.SmallestKept = 0;
        }
        Origin = point.Origin();
    }

    /// <summary>Removes every checkpoint.</summary>
    public void Clear()
    {
        foreach (var step in Steps())
            Directory.Delete(PathOf(step), recursive: true);
        RunCheckpoints.WriteBest(folder, null);
    }

    private bool TryLoad(long step, TrainingState state, Action<string> log)
    {
        bool Skip(UserException error)
        {
            log($"Checkpoint {step.ToString(CultureInfo.InvariantCulture)} skipped: {error.Message}");
            return false;
        }
        SafetensorsFile? file = null;
        try
        {
            CheckpointLabel label;
            try
            {
                file = SafetensorsFile.Open(FileOf(step));
                label = CheckpointLabel.Read(file);
            }
            catch (UserException error)
            {
                return Skip(error);
            }
            // An intact checkpoint of another run is an error, not skipped.
            label.RequireSame(config, source, file.Path);
            try
            {
                CheckpointFile.Load(file, state, step);
            }
            catch (UserException error)
            {
                return Skip(error);
            }
            Origin = label.Fork;
            return true;
        }
        finally
        {
            file?.Dispose();
        }
    }

    /// <summary>Rewrites best.json from the checkpoints, in case the process was killed between writing the two.</summary>
    private void FindBest(long newest)
    {
        best = null;
        foreach (var step in Steps().Where(step => step <= newest))
        {
            try
            {
                using var file = SafetensorsFile.Open(FileOf(step));
                if (CheckpointLabel.Read(file).HeldOutLoss is { } loss && !(loss >= best?.HeldOutLoss))
                    best = new RunBest(step, loss);
            }
            catch (UserException)
            {
                // Not intact: skipped here too.
            }
        }
        RunCheckpoints.WriteBest(folder, best);
    }

    private void Prune(long newest)
    {
        foreach (var leftover in Directory.EnumerateDirectories(folder, $".*{Removed}*").ToArray())
            Directory.Delete(leftover, recursive: true);
        var steps = Steps();
        // Newer ones were skipped when the run was resumed.
        var old = steps.Where(step => step > newest).Concat(steps.Where(step => step <= newest).SkipLast(Kept));
        foreach (var step in old.Where(step => step != best?.Step && !RunCheckpoints.IsPinned(PathOf(step))).ToArray())
            Remove(step);
    }

    /// <summary>Renames the folder first, so that no partial checkpoint is ever visible, and checks for a pin once more.</summary>
    private void Remove(long step)
    {
        var aside = Path.Combine(folder, $".{step.ToString(CultureInfo.InvariantCulture)}{Removed}{Guid.NewGuid():N}");
        Directory.Move(PathOf(step), aside);
        if (RunCheckpoints.IsPinned(aside))
            Directory.Move(aside, PathOf(step));
        else
            Directory.Delete(aside, recursive: true);
    }

    private string PathOf(long step) => Path.Combine(folder, step.ToString(CultureInfo.InvariantCulture));

    private string FileOf(long step) => Path.Combine(PathOf(step), RunCheckpoints.StateFile);
}

/// <summary>A checkpoint's metadata.</summary>
/// <param name="Config">The run's settings, as <see cref="Essential"/> leaves them.</param>
/// <param name="Activations">The activations it trains on.</param>
/// <param name="Fork">The run it was forked from, or null.</param>
/// <param name="HeldOutLoss">Its loss on the held-out clips; null if not evaluated at this step.</param>
internal sealed record CheckpointLabel(TrainConfig Config, CheckpointSource Activations, ForkOrigin? Fork, double? HeldOutLoss)
{
    private const string ConfigKey = "config", SourceKey = "activations", ForkKey = "forkedFrom", HeldOutKey = "heldOutLoss";

    /// <summary>The settings without those that only affect reporting and speed, which may change when a run is resumed.</summary>
    public static TrainConfig Essential(TrainConfig config) =>
        config.WatchedAs(new TrainConfig { Threads = 0, Checkpoints = 0, Evaluations = 0, Histograms = 0 });

    public void Write(IDictionary<string, string> metadata)
    {
        metadata[ConfigKey] = JsonSerializer.Serialize(Config, JsonDefaults.Lines);
        metadata[SourceKey] = JsonSerializer.Serialize(Activations, JsonDefaults.Lines);
        if (Fork is not null)
            metadata[ForkKey] = JsonSerializer.Serialize(Fork, JsonDefaults.Lines);
        if (HeldOutLoss is { } loss)
            metadata[HeldOutKey] = loss.ToString("R", CultureInfo.InvariantCulture);
    }

    /// <exception cref="UserException">The metadata are missing or damaged.</exception>
    public static CheckpointLabel Read(SafetensorsFile file)
    {
        try
        {
            return new CheckpointLabel(
                Member<TrainConfig>(file, ConfigKey) ?? throw Missing(ConfigKey),
                Member<CheckpointSource>(file, SourceKey) ?? throw Missing(SourceKey),
                Member<ForkOrigin>(file, ForkKey),
                Member<double?>(file, HeldOutKey));
        }
        catch (JsonException error)
        {
            throw new UserException(
                $"{file.Path}: cannot read the metadata ({error.Message}). The file is damaged or from another version of this program.", error);
        }

        UserException Missing(string key) => new($"{file.Path} is not a checkpoint: its metadata have no \"{key}\".");
    }

    /// <summary>Refuses a checkpoint of a run with other settings or activations.</summary>
    /// <exception cref="UserException">Lists every setting that differs.</exception>
    public void RequireSame(TrainConfig config, CheckpointSource activations, string path)
    {
        var problems = TrainSettings.Differences(Config, config).Select(one => $"\"{one.Name}\" was {one.First} and is now {one.Second}").ToList();
        if (problems.Count > 0)
        {
            throw new UserException($"{path} was made with other settings:\n  {string.Join("\n  ", problems)}\n" +
                "Resume with the original settings, fork the run to change them, or start over without --resume.");
        }
        if (Activations != activations)
        {
            throw new UserException($"{path} was made with other activations ({Activations.Describe()}; now {activations.Describe()}). " +
                "Resume with the original activations, or start over without --resume.");
        }
    }

    private static T? Member<T>(SafetensorsFile file, string key) =>
        file.Metadata.TryGetValue(key, out var text) ? JsonSerializer.Deserialize<T>(text, JsonDefaults.Lines) : default;
}

/// <summary>Identifies the activations a run trains on: equal values mean the same columns in the same order.</summary>
/// <param name="Source">Model, dataset, layer and type.</param>
/// <param name="ClipCount">The number of clips.</param>
/// <param name="ClipsAtOnce">The number of clips a model computes together, which changes the columns' order; 0: read from disk.</param>
internal sealed record CheckpointSource(
    ActivationSource Source, int ClipCount, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] int ClipsAtOnce = 0)
{
    public static CheckpointSource Of(IColumnSource source, int layer) => new(source.Layers[layer], source.Clips.Count, source.ClipsAtOnce);

    public string Describe() => JsonSerializer.Serialize(this, JsonDefaults.Lines);
}
