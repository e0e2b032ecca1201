using System.Diagnostics;

namespace SaeDashboard.Worker.Runs;

/// <summary>
/// One time to the end for a whole run, from its first second: every stage has an estimate of its seconds; the running stage's is
/// replaced by what it measures of itself, and those to come are scaled by how wrong the estimates were so far.
/// </summary>
/// <param name="seconds">The stages in order, with the seconds each is thought to take.</param>
/// <param name="clock">The clock; the system's when null.</param>
internal sealed class RunTimeline(IReadOnlyList<(StageName Name, double Seconds)> seconds, TimeProvider? clock = null)
{
    private const double MinFactor = 0.1, MaxFactor = 10;

    /// <summary>A running stage says something about the machine's speed once this share of it was done.</summary>
    private const double TellingShare = 0.05;

    private readonly TimeProvider clock = clock ?? TimeProvider.System;
    private readonly double[] estimated = [.. seconds.Select(stage => stage.Seconds)];
    private readonly double?[] measured = new double?[seconds.Count];
    private readonly bool[] reused = new bool[seconds.Count];
    private long begun;
    private int current = -1;
    private double? firstShare;

    /// <summary>A stage's estimate, now that more is known.</summary>
    public void Estimate(StageName stage, double stageSeconds) => estimated[IndexOf(stage)] = stageSeconds;

    /// <summary>A stage begins.</summary>
    public void Begin(StageName stage)
    {
        current = IndexOf(stage);
        begun = clock.GetTimestamp();
        firstShare = null;
    }

    /// <summary>The stage that runs is done. One that was not done from its beginning says nothing about the estimates.</summary>
    /// <param name="whole">Whether all of it was done now.</param>
    public void End(bool whole)
    {
        if (whole) measured[current] = clock.GetElapsedTime(begun).TotalSeconds;
    }

    /// <summary>What the stage makes was there already.</summary>
    public void Reused(StageName stage) => reused[IndexOf(stage)] = true;

    /// <summary>What the whole run says when a stage says something.</summary>
    public RunStatus Whole(RunStatus status)
    {
        var at = IndexOf(status.Stage);
        var last = at == estimated.Length - 1;
        if (status.State == RunState.Done && !last) status = status with { State = RunState.Running };
        var ended = status.State == RunState.Done;
        var share = status.Total > 0 ? Math.Clamp((double)status.Step / status.Total, 0, 1) : 0;
        var factor = Factor(at, share);
        var stages = seconds.Select((stage, i) => i < at || (i == at && ended)
            ? new RunStage(stage.Name, reused[i] ? StageState.Reused : StageState.Done, 1, 0)
            : i == at
                ? new RunStage(stage.Name, StageState.Running, share, status.EtaSeconds ?? (1 - share) * estimated[i] * factor)
                : new RunStage(stage.Name, StageState.Waiting, 0, estimated[i] * factor)).ToArray();
        // Before the model is loaded nothing is known of any stage.
        if (estimated.All(each => each == 0) && !ended) return status with { Stages = [.. stages.Select(stage => stage with { EtaSeconds = null })] };
        double? total = status.State == RunState.Running ? stages.Sum(stage => stage.EtaSeconds ?? 0) : ended ? 0 : null;
        return status with { TotalEtaSeconds = total, Stages = stages };
    }

    /// <summary>How much longer what was done so far took than was thought.</summary>
    private double Factor(int at, double share)
    {
        var (real, thought) = (0.0, 0.0);
        if (at == current && measured[at] is null)
        {
            // Resumed in the middle: only what this process did counts.
            var done = share - (firstShare ??= share);
            if (done >= TellingShare) (real, thought) = (clock.GetElapsedTime(begun).TotalSeconds, done * estimated[at]);
        }
        for (var i = 0; i < measured.Length; i++)
        {
            if (measured[i] is not { } took) continue;
            real += took;
            thought += estimated[i];
        }
        return thought > 0 ? Math.Clamp(real / thought, MinFactor, MaxFactor) : 1;
    }

    private int IndexOf(StageName stage)
    {
        for (var i = 0; i < seconds.Count; i++)
        {
            if (seconds[i].Name == stage) return i;
        }
        throw new UnreachableException($"A whole run has no stage '{stage}'.");
    }
}
