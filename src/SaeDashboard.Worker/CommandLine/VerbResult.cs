namespace SaeDashboard.Worker.CommandLine;

/// <summary>What a verb found out: an object for <c>--json</c>, a few lines for a person.</summary>
/// <param name="Data">Serialised as the one JSON object on standard output.</param>
/// <param name="Text">Printed on standard output otherwise.</param>
internal sealed record VerbResult(object Data, string Text);
