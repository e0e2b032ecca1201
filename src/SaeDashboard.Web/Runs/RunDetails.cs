using SaeDashboard.Core.Runs;
using SaeDashboard.Web.Jobs;

namespace SaeDashboard.Web.Runs;

/// <summary>What a run's page shows beyond the list: a snapshot of its folder.</summary>
/// <param name="Checkpoints">The states it has saved, newest first.</param>
/// <param name="LastLines">The last lines of its log, when it ended badly.</param>
/// <param name="Stopping">Whether it was asked to stop and has not yet.</param>
/// <param name="Pausing">Whether it was asked to pause and has not yet.</param>
internal sealed record RunDetails(IReadOnlyList<RunCheckpoint> Checkpoints, IReadOnlyList<string> LastLines, bool Stopping, bool Pausing)
{
    private const int LogLines = 12;

    public static RunDetails None { get; } = new([], [], false, false);

    /// <summary>Looks at the folder.</summary>
    public static RunDetails Read(IRunRegistry registry, string id, RunState state) => new(
        registry.Checkpoints(id),
        state is RunState.Failed or RunState.Interrupted or RunState.Unreadable ? registry.LogTail(id, LogLines) : [],
        registry.IsStopping(id), registry.IsPausing(id));
}
