namespace SaeDashboard.Web.Live;

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
