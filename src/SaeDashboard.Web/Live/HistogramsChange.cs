namespace SaeDashboard.Web.Live;

/// <summary>New lines of histograms.jsonl, as <see cref="PointsChange"/>.</summary>
/// <param name="From">The first line.</param>
/// <param name="To">The last line.</param>
/// <param name="ResumedFrom">The run went back to this step.</param>
/// <param name="Histograms">Oldest first.</param>
public sealed record HistogramsChange(long From, long To, double? ResumedFrom, IReadOnlyList<RunHistogram> Histograms);
