using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Sae.Training;

/// <summary>
/// A run's saved states, a <see cref="CheckpointFile"/> each. Folders appear whole and on the disk before an older one goes; the newest three
/// are kept, the best on the held-out clips, and those a person has pinned.
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

    /// <param name="folder">Where they are.</param>
    /// <param name="config">The run's settings.</param>
    /// <param name="source">What it trains on.</param>
    public Checkpoints(string folder, TrainConfig config, CheckpointSource source)
    {
        this.folder = folder;
        this.config = CheckpointLabel.Essential(config);
        this.source = source;
    }

    /// <summary>Where the run comes from; null: from random weights.</summary>
    public ForkOrigin? Origin { get; private set; }

    /// <summary>The steps that have one, oldest first.</summary>
    public IReadOnlyList<long> Steps() => RunCheckpoints.StepsIn(folder);

    /// <summary>Saves the state, then drops what need not be kept.</summary>
    /// <param name="state">What is saved; it must be finite.</param>
    /// <param name="heldOutLoss">Its loss on the held-out clips, or null when that was not measured at this step.</param>
    public void Save(TrainingState state, double? heldOutLoss)
    {
        // Paused right after a save: the same state.
        if (saved == state.Step)
            return;
        var path = PathOf(state.Step);
        using (var target = AtomicFolder.Create(path, replace: true))
        {
            CheckpointFile.Save(Path.Combine(target.WorkPath, RunCheckpoints.StateFile), state, new CheckpointLabel(config, source, Origin, heldOutLoss));
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

    /// <summary>Restores the newest state that is whole; false when there is no checkpoint at all.</summary>
    /// <param name="state">What is filled.</param>
    /// <param name="log">Told of checkpoints that cannot be read.</param>
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
            $"None of the {steps.Count} checkpoints in {folder} can be read. {string.Join(' ', why)} Remove that folder, or start the run over without --resume.");
    }

    /// <summary>Begins with the state of another run.</summary>
    /// <exception cref="UserException">Its checkpoint is damaged.</exception>
    public void Fork(TrainingState state, ForkPoint point)
    {
        using var file = SafetensorsFile.Open(point.File);
        CheckpointFile.Load(file, state, point.Step);
        // It averages where a selection of k cut.
        if (point.Config.K != config.K)
        {
            state.Threshold.Restore(0, 0);
            state.SmallestKept = 0;
        }
        Origin = point.Origin();
    }

    /// <summary>Removes every checkpoint: the run starts anew.</summary>
    public void Clear()
    {
        foreach (var step in Steps())
            Directory.Delete(PathOf(step), recursive: true);
        RunCheckpoints.WriteBest(folder, null);
    }

    private bool TryLoad(long step, TrainingState state, Action<string> log)
    {
        bool PassedOver(UserException error)
        {
            log($"Checkpoint {step.ToString(CultureInfo.InvariantCulture)} is passed over: {error.Message}");
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
                return PassedOver(error);
            }
            // A whole one of another run is not passed over.
            label.RequireSame(config, source, file.Path);
            try
            {
                CheckpointFile.Load(file, state, step);
            }
            catch (UserException error)
            {
                return PassedOver(error);
            }
            Origin = label.Fork;
            return true;
        }
        finally
        {
            file?.Dispose();
        }
    }

    /// <summary>best.json says what the checkpoints say: a kill may have come between the two.</summary>
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
                // Not whole: passed over here too.
            }
        }
        RunCheckpoints.WriteBest(folder, best);
    }

    private void Prune(long newest)
    {
        foreach (var leftover in Directory.EnumerateDirectories(folder, $".*{Removed}*").ToArray())
            Directory.Delete(leftover, recursive: true);
        var steps = Steps();
        // Newer ones are those that were passed over when the run was resumed.
        var old = steps.Where(step => step > newest).Concat(steps.Where(step => step <= newest).SkipLast(Kept));
        foreach (var step in old.Where(step => step != best?.Step && !RunCheckpoints.IsPinned(PathOf(step))).ToArray())
            Remove(step);
    }

    /// <summary>Takes the name away in one step, so that there is never half a checkpoint, and looks once more for a pin.</summary>
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
