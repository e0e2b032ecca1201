namespace SaeDashboard.Web.Runs.Planning;

/// <summary>What came of reading a form with a sweep.</summary>
/// <param name="Fields">Problems of fields that do not vary, by the field.</param>
/// <param name="Problems">Problems of the sweep itself.</param>
/// <param name="Requests">The runs; empty when there are problems.</param>
/// <param name="LeftOut">Runs that would have been another's equal, and so are left out.</param>
public sealed record SweepReading(IReadOnlyDictionary<string, string> Fields, IReadOnlyList<string> Problems, IReadOnlyList<RunRequest> Requests, int LeftOut);
