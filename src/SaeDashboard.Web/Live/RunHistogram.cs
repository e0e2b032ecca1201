namespace SaeDashboard.Web.Live;

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
