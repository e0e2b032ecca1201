namespace SaeDashboard.Web.Live;

/// <summary>New lines of log.txt.</summary>
/// <param name="From">The first one's number, from 1.</param>
/// <param name="To">The last one's.</param>
/// <param name="Lines">The text.</param>
public sealed record LogChange(long From, long To, IReadOnlyList<string> Lines);
