namespace SaeDashboard.Web.Jobs;

/// <summary>What a run's status means, given who holds its lock and what the executor has in hand.</summary>
internal static class RunStatusView
{
    private const int LinesTold = 4;

    public static RunStatus Of(string runId, string folder, DateTimeOffset created, JobQueue queue)
    {
        var (waiting, started) = (queue.IsWaiting(runId), queue.IsStarted(runId));
        var (status, problem) = RunRecord.Read(folder);
        // The worker writes another in a moment; without one, it is the run's end.
        if (problem is not null && !waiting) return new RunStatus(StageName.Collect, started ? RunState.Running : RunState.Failed, 0, 0, 0, null, created, problem);
        if (waiting)
        {
            return (status ?? new RunStatus(StageName.Collect, RunState.Queued, 0, 0, 0, null, created)) with
            {
                State = RunState.Queued, EtaSeconds = null, TotalEtaSeconds = null, Error = null, Rate = 0,
            };
        }
        if (status is null)
        {
            return started || RunRecord.IsLocked(folder)
                ? new RunStatus(StageName.Collect, RunState.Running, 0, 0, 0, null, created)
                : new RunStatus(StageName.Collect, RunState.Interrupted, 0, 0, 0, null, created, "It never started.");
        }
        // Its worker is on the way, or has just ended: the executor says how in a moment.
        if (started && status.State is (RunState.Interrupted or RunState.Cancelled or RunState.Paused or RunState.Failed))
            return status with { State = RunState.Running, Error = null, EtaSeconds = null, TotalEtaSeconds = null };
        return status.State == RunState.Interrupted && status.Error is null ? status with { Error = Ending(folder, status), EtaSeconds = null, TotalEtaSeconds = null } : status;
    }

    /// <summary>The end of a worker that could not tell it itself.</summary>
    private static string Ending(string folder, RunStatus status)
    {
        var lines = RunEndings.LogTail(folder, LinesTold);
        return $"The worker ended unexpectedly in the stage {status.Stage.Name()}: it was killed, or the machine stopped. The last lines of its log:\n{string.Join('\n', lines)}";
    }
}
