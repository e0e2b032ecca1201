namespace SaeDashboard.Web.Live;

/// <summary>What the hub tells a browser. Changes name the lines they cover, so that a listener knows what it has and what it missed.</summary>
public interface IDashboardClient
{
    /// <summary>First after WatchRun.</summary>
    Task Snapshot(RunSnapshot snapshot);

    Task Points(string runId, PointsChange change);

    Task Histogram(string runId, HistogramsChange change);

    Task Status(string runId, LiveStatus status);

    Task Log(string runId, LogChange change);

    /// <summary>There is no such run (any more).</summary>
    Task Missing(string runId);
}
