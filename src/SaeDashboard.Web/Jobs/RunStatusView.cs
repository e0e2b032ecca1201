using SaeDashboard.Core;
using SaeDashboard.Core.Runs;

namespace SaeDashboard.Web.Jobs;

/// <summary>What a run's status means, given who holds its lock and what the executor has in hand.</summary>
internal static class RunStatusView
{
    private const int LinesTold = 4;

    public static RunStatus Of(string runId, string folder, DateTimeOffset created, JobQueue queue)
    {
        var (waiting, started) = (queue.IsWaiting(runId), queue.IsStarted(runId));
        RunStatus? status;
        try
        {
            status = RunFolder.ReadStatus(folder);
        }
        catch (UserException error)
        {
            return new RunStatus("collect", RunStates.Failed, 0, 0, 0, null, created, error.Message);
        }
        if (waiting)
        {
            return (status ?? new RunStatus("collect", RunStates.Queued, 0, 0, 0, null, created)) with
            {
                State = RunStates.Queued, EtaSeconds = null, TotalEtaSeconds = null, Error = null, Rate = 0,
            };
        }
        if (status is null)
        {
            return started || RunFolder.IsLocked(folder)
                ? new RunStatus("collect", RunStates.Running, 0, 0, 0, null, created)
                : new RunStatus("collect", RunStates.Interrupted, 0, 0, 0, null, created, "It never began.");
        }
        // Its worker is on the way, or has just ended: the executor says how in a moment.
        if (started && status.State is (RunStates.Interrupted or RunStates.Cancelled or RunStates.Paused or RunStates.Failed))
            return status with { State = RunStates.Running, Error = null, EtaSeconds = null, TotalEtaSeconds = null };
        return status.State == RunStates.Interrupted && status.Error is null ? status with { Error = Told(folder, status), EtaSeconds = null, TotalEtaSeconds = null } : status;
    }

    /// <summary>The end of a worker that could not tell it itself.</summary>
    private static string Told(string folder, RunStatus status)
    {
        var lines = RunEndings.LogTail(folder, LinesTold);
        return $"The worker ended without a word while it did {status.Stage}: it was killed, or the machine stopped. The last lines of its log:\n{string.Join('\n', lines)}";
    }
}
