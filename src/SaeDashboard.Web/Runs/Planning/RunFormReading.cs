namespace SaeDashboard.Web.Runs.Planning;

/// <summary>What came of reading a form.</summary>
/// <param name="Problems">Of each field that has one (its property's name in <see cref="RunForm"/>), what is wrong and what to do.</param>
/// <param name="Request">Null when there are problems.</param>
public sealed record RunFormReading(IReadOnlyDictionary<string, string> Problems, RunRequest? Request);
