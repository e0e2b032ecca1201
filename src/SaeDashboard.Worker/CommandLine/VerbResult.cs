namespace SaeDashboard.Worker.CommandLine;

/// <summary>What a verb found out: an object for <c>--json</c>, a few lines for a person.</summary>
/// <param name="Data">Serialised as the one JSON object on standard output.</param>
/// <param name="Text">Printed on standard output otherwise.</param>
/// <param name="Failed">Whether what it found out is bad news: exit code 1, though the result is printed.</param>
internal sealed record VerbResult(object Data, string Text, bool Failed = false);
