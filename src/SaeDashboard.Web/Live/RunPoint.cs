namespace SaeDashboard.Web.Live;

/// <summary>One line of metrics.jsonl.</summary>
/// <param name="Line">Its number in the file, from 1: what is new and what was seen.</param>
/// <param name="Step">The step it belongs to.</param>
/// <param name="Time">When it was written, Unix milliseconds (UTC); 0 when the line does not say.</param>
/// <param name="Values">The other numbers of the line by name; null where one was not finite.</param>
public sealed record RunPoint(long Line, double Step, double Time, IReadOnlyDictionary<string, double?> Values);
