namespace SaeDashboard.Core.Runs;

/// <summary>Writes a run's end into its folder when its worker no longer can.</summary>
public static class RunConclusion
{
    /// <summary>
    /// Records how an attempt ended: a line in the log and, with a state, the status, which keeps the attempt's step. Both are read and written
    /// under the run's lock. A finished run stays finished, and a removed folder is not created again. An unreadable status is kept as
    /// <c>status.json.damaged</c>.
    /// </summary>
    /// <param name="path">The run's folder.</param>
    /// <param name="state">One of <see cref="RunState"/>; null leaves the status as it is.</param>
    /// <param name="message">For the log.</param>
    /// <param name="error">For the status.</param>
    /// <returns>False: the folder is missing or the run is finished; nothing was written.</returns>
    /// <exception cref="UserException">A process has the run open, or the folder cannot be written.</exception>
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
