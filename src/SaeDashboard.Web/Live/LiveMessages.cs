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

/// <summary>What a newcomer gets first, and one that was away gets of what it missed.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Full">True: everything so far, thinned out; false: what came after the lines the listener had.</param>
/// <param name="Points">Oldest first.</param>
/// <param name="PointsLine">The last line of metrics.jsonl that is in it or was passed over.</param>
/// <param name="Histograms">Oldest first.</param>
/// <param name="HistogramsLine">The same for histograms.jsonl.</param>
/// <param name="Log">The last lines of the log.</param>
/// <param name="LogLine">The same for log.txt.</param>
/// <param name="Status">Its status; null when not known yet.</param>
public sealed record RunSnapshot(
    string RunId, bool Full, IReadOnlyList<RunPoint> Points, long PointsLine, IReadOnlyList<RunHistogram> Histograms, long HistogramsLine,
    IReadOnlyList<string> Log, long LogLine, LiveStatus? Status);

/// <summary>What a listener that comes back has already: the last line of each file.</summary>
/// <param name="Points">Of metrics.jsonl.</param>
/// <param name="Histograms">Of histograms.jsonl.</param>
/// <param name="Log">Of log.txt.</param>
public sealed record SeenLines(long Points, long Histograms, long Log);

/// <summary>One line of metrics.jsonl.</summary>
/// <param name="Line">Its number in the file, from 1: what is new and what was seen.</param>
/// <param name="Step">The step it belongs to.</param>
/// <param name="Time">When it was written, Unix milliseconds (UTC); 0 when the line does not say.</param>
/// <param name="Values">The other numbers of the line by name; null where one was not finite.</param>
public sealed record RunPoint(long Line, double Step, double Time, IReadOnlyDictionary<string, double?> Values);

/// <summary>One line of histograms.jsonl: how many latents fire how often.</summary>
/// <param name="Line">Its number in the file, from 1.</param>
/// <param name="Step">The step it belongs to.</param>
/// <param name="Time">When it was written, Unix milliseconds (UTC).</param>
/// <param name="Log10From">log10 of the density where the first bin begins.</param>
/// <param name="Log10To">log10 of the density where the last bin ends.</param>
/// <param name="Counts">Latents a bin; bins are equal in log10.</param>
/// <param name="Silent">Latents that fired in no column.</param>
/// <param name="Columns">Columns it was counted over.</param>
public sealed record RunHistogram(long Line, double Step, double Time, double Log10From, double Log10To, IReadOnlyList<double> Counts, double Silent, double Columns);

/// <summary>New lines of metrics.jsonl, without a gap inside.</summary>
/// <param name="From">The first line.</param>
/// <param name="To">The last line.</param>
/// <param name="ResumedFrom">The run went back to this step: what was known of later ones is void. Before the points.</param>
/// <param name="Points">Oldest first; lines that hold no point are not among them.</param>
public sealed record PointsChange(long From, long To, double? ResumedFrom, IReadOnlyList<RunPoint> Points);

/// <summary>New lines of histograms.jsonl, as <see cref="PointsChange"/>.</summary>
/// <param name="From">The first line.</param>
/// <param name="To">The last line.</param>
/// <param name="ResumedFrom">The run went back to this step.</param>
/// <param name="Histograms">Oldest first.</param>
public sealed record HistogramsChange(long From, long To, double? ResumedFrom, IReadOnlyList<RunHistogram> Histograms);

/// <summary>New lines of log.txt.</summary>
/// <param name="From">The first one's number, from 1.</param>
/// <param name="To">The last one's.</param>
/// <param name="Lines">The text.</param>
public sealed record LogChange(long From, long To, IReadOnlyList<string> Lines);

/// <summary>A run's status, as sent to pages.</summary>
/// <param name="Status">Its status.</param>
/// <param name="Waiting">Why it waits; null when it does not.</param>
/// <param name="SaeReady">Whether its SAE can be opened.</param>
public sealed record LiveStatus(RunStatus Status, string? Waiting, bool SaeReady);
