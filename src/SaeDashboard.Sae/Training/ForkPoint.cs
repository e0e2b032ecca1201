using SaeDashboard.Core;
using SaeDashboard.Core.Runs;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Sae.Training;

/// <summary>
/// The checkpoint from which a forked run starts. Weights, moments, counters and the input scaling are copied and the step count continues;
/// the schedules are those of the new settings. Decision 0020 lists what may change.
/// </summary>
public sealed class ForkPoint
{
    private ForkPoint(string runPath, long step, CheckpointLabel label)
    {
        (RunPath, Step, Label) = (runPath, step, label);
        // A checkpoint does not contain the settings of reporting and speed.
        Config = label.Config.WatchedAs(new TrainConfig());
    }

    /// <summary>The other run's folder.</summary>
    public string RunPath { get; }

    public long Step { get; }

    /// <summary>The other run's settings.</summary>
    public TrainConfig Config { get; }

    internal CheckpointLabel Label { get; }

    internal string File => Path.Combine(RunCheckpoints.PathOf(RunPath, Step), RunCheckpoints.StateFile);

    /// <summary>Finds the checkpoint and reads its metadata.</summary>
    /// <exception cref="UserException">There is no such checkpoint, or it cannot be read.</exception>
    public static ForkPoint Find(RunFork fork)
    {
        var path = Path.GetFullPath(fork.RunPath);
        var steps = RunCheckpoints.List(path).Select(checkpoint => checkpoint.Step).ToArray();
        if (steps.Length == 0)
            throw new UserException($"{path} has no checkpoint to fork from: it is not the folder of a run, or its training has not saved one yet.");
        if (fork.Step is { } wanted)
        {
            if (!steps.Contains(wanted))
                throw new UserException(FormattableString.Invariant($"{path} has no checkpoint of step {wanted}; it has {string.Join(", ", steps)}."));
            return Read(path, wanted);
        }
        var problems = new List<string>();
        foreach (var step in steps.Reverse())
        {
            try
            {
                return Read(path, step);
            }
            catch (UserException error)
            {
                problems.Add(error.Message);
            }
        }
        throw new UserException($"None of the checkpoints of {path} can be read:\n  " + string.Join("\n  ", problems));
    }

    /// <summary>The settings that are incompatible with this checkpoint, one line each.</summary>
    internal IEnumerable<string> Problems(TrainConfig config)
    {
        if (config.Architecture != Config.Architecture)
        {
            yield return $"\"architecture\" is {EnumJson.Name(config.Architecture)}: the forked run trains " +
                $"{EnumJson.Name(Config.Architecture)}, and weights cannot be converted";
        }
        if (config.Latents != Config.Latents)
            yield return FormattableString.Invariant($"\"latents\" is {config.Latents}: the forked run has {Config.Latents}");
        if (config.HeldOut != Config.HeldOut)
        {
            yield return FormattableString.Invariant($"\"heldOut\" is {config.HeldOut}: the forked run holds out {Config.HeldOut}, ") +
                "and clips it trained on cannot be held out now";
        }
        if (config.DataSeed != Config.DataSeed)
        {
            yield return FormattableString.Invariant($"\"dataSeed\" is {config.DataSeed}: the forked run has {Config.DataSeed}, ") +
                "which selects the held-out clips";
        }
        if (config.Steps <= Step)
        {
            yield return FormattableString.Invariant($"\"steps\" is {config.Steps}: the step count continues from the checkpoint, ") +
                FormattableString.Invariant($"so more than {Step} are needed");
        }
    }

    /// <exception cref="UserException">The run would be forked into itself, or trains on other activations.</exception>
    internal void Require(CheckpointSource now, string name, RunFolder run)
    {
        if (Path.GetFullPath(run.Path).TrimEnd(Path.DirectorySeparatorChar) == RunPath.TrimEnd(Path.DirectorySeparatorChar))
            throw new UserException($"{run.Path} cannot be forked into itself: give the new run a folder of its own.");
        if (now != Label.Activations)
        {
            throw new UserException($"{name} does not hold the activations that {RunPath} was trained on ({Label.Activations.Describe()}; " +
                $"now {now.Describe()}). A fork must use the same ones, because clips that were trained on cannot be held out.");
        }
    }

    internal ForkOrigin Origin() => new(
        Path.GetFileName(Path.TrimEndingDirectorySeparator(RunPath)), Step, ForkOrigin.ColumnsAt(Label.Fork, Config, Step));

    private static ForkPoint Read(string path, long step)
    {
        using var file = SafetensorsFile.Open(Path.Combine(RunCheckpoints.PathOf(path, step), RunCheckpoints.StateFile));
        return new ForkPoint(path, step, CheckpointLabel.Read(file));
    }
}

/// <summary>The run that a forked run started from, recorded in its checkpoints and its export.</summary>
/// <param name="Run">The name of the other run's folder.</param>
/// <param name="Step">The step of its checkpoint.</param>
/// <param name="Columns">Columns trained on by then.</param>
internal sealed record ForkOrigin(string Run, long Step, long Columns)
{
    /// <summary>Columns trained on after a step, including the other run's.</summary>
    public static long ColumnsAt(ForkOrigin? origin, TrainConfig config, long step) =>
        origin is null ? step * config.Batch : origin.Columns + (step - origin.Step) * config.Batch;
}
