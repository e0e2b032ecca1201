using SaeDashboard.Core;
using SaeDashboard.Core.Runs;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Sae.Training;

/// <summary>
/// The checkpoint a forked run begins with. Weights, moments, counters and the input's scaling come along, and the steps go on from its step;
/// the schedules are those of the new settings. Decision 0020 says what may change.
/// </summary>
public sealed class ForkPoint
{
    private ForkPoint(string runPath, long step, CheckpointLabel label)
    {
        (RunPath, Step, Label) = (runPath, step, label);
        // How the run was watched and how fast it went is not kept in a checkpoint.
        Config = label.Config.WatchedAs(new TrainConfig());
    }

    /// <summary>The folder of the run it comes from.</summary>
    public string RunPath { get; }

    public long Step { get; }

    /// <summary>That run's settings.</summary>
    public TrainConfig Config { get; }

    internal CheckpointLabel Label { get; }

    internal string File => Path.Combine(RunCheckpoints.PathOf(RunPath, Step), RunCheckpoints.StateFile);

    /// <summary>Finds the checkpoint and reads whose it is.</summary>
    /// <exception cref="UserException">There is none, or it cannot be read.</exception>
    public static ForkPoint Find(RunFork fork)
    {
        var path = Path.GetFullPath(fork.RunPath);
        var steps = RunCheckpoints.List(path).Select(checkpoint => checkpoint.Step).ToArray();
        if (steps.Length == 0)
            throw new UserException($"{path} has no checkpoint to fork from: it is no run's folder, or its training has not saved one yet.");
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

    /// <summary>What of these settings cannot be had from this checkpoint.</summary>
    internal IEnumerable<string> Problems(TrainConfig config)
    {
        if (config.Architecture != Config.Architecture)
            yield return $"\"architecture\" is {EnumJson.Name(config.Architecture)}: the run that is forked makes {EnumJson.Name(Config.Architecture)}, and weights of one are none of another";
        if (config.Latents != Config.Latents)
            yield return FormattableString.Invariant($"\"latents\" is {config.Latents}: the run that is forked has {Config.Latents}");
        if (config.HeldOut != Config.HeldOut)
            yield return FormattableString.Invariant($"\"heldOut\" is {config.HeldOut}: the run that is forked holds {Config.HeldOut} out, and what it trained on cannot measure the new one");
        if (config.DataSeed != Config.DataSeed)
            yield return FormattableString.Invariant($"\"dataSeed\" is {config.DataSeed}: the run that is forked has {Config.DataSeed}, which chose the clips it holds out");
        if (config.Steps <= Step)
            yield return FormattableString.Invariant($"\"steps\" is {config.Steps}: the steps go on from the checkpoint's, so more than {Step}");
    }

    /// <exception cref="UserException">The run is the one it would be forked from, or trains on other activations.</exception>
    internal void Require(CheckpointSource now, string name, RunFolder run)
    {
        if (Path.GetFullPath(run.Path).TrimEnd(Path.DirectorySeparatorChar) == RunPath.TrimEnd(Path.DirectorySeparatorChar))
            throw new UserException($"{run.Path} cannot be forked into itself: give the new run a folder of its own.");
        if (now != Label.Activations)
        {
            throw new UserException($"{name} does not hold the activations that {RunPath} was trained on ({Label.Activations.Describe()}; " +
                $"now {now.Describe()}). A fork goes on with the same ones: what was held out then must be held out now.");
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
