namespace SaeDashboard.Core.Runs;

/// <summary>What is written into a run's folder by those who watch it, when its worker can no longer write.</summary>
public static class RunConclusion
{
    /// <summary>
    /// Notes how an attempt ended: a line in the log and, with a state, the status, which keeps the attempt's step. Both are read and written
    /// under the run's lock. A run that is done stays done, and a folder that is gone stays gone. A status that cannot be read is kept as
    /// <c>status.json.damaged</c>.
    /// </summary>
    /// <param name="path">The run's folder.</param>
    /// <param name="state">One of <see cref="RunState"/>; null leaves the status as it is.</param>
    /// <param name="message">For the log.</param>
    /// <param name="error">For the status.</param>
    /// <returns>False: the folder is gone or the run is done; nothing was written.</returns>
    /// <exception cref="UserException">A process works on the run, or the folder cannot be written.</exception>
    public static bool Write(string path, RunState? state, string message, string? error)
    {
        if (!Directory.Exists(path)) return false;
        using var run = RunFolder.OpenExisting(path);
        if (run.Earlier is { State: RunState.Done }) return false;
        run.Log(message);
        if (state is not { } ended) return true;
        var now = DateTimeOffset.UtcNow;
        var last = run.Earlier ?? new RunStatus(StageName.Collect, ended, 0, 0, 0, null, now);
        run.Replace(last with { State = ended, Error = error, Heartbeat = now, Rate = 0, EtaSeconds = null, TotalEtaSeconds = null });
        return true;
    }
}
