namespace SaeDashboard.Web.Live;

/// <summary>What a listener that comes back has already: the last line of each file.</summary>
/// <param name="Points">Of metrics.jsonl.</param>
/// <param name="Histograms">Of histograms.jsonl.</param>
/// <param name="Log">Of log.txt.</param>
public sealed record SeenLines(long Points, long Histograms, long Log);
