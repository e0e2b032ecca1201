namespace SaeDashboard.Web.Live;

/// <summary>New lines of metrics.jsonl, without a gap inside.</summary>
/// <param name="From">The first line.</param>
/// <param name="To">The last line.</param>
/// <param name="ResumedFrom">The run went back to this step: what was known of later ones is void. Before the points.</param>
/// <param name="Points">Oldest first; lines that hold no point are not among them.</param>
public sealed record PointsChange(long From, long To, double? ResumedFrom, IReadOnlyList<RunPoint> Points);
