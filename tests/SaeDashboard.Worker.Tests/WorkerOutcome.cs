namespace SaeDashboard.Worker.Tests;

/// <summary>How a verb ended and what it printed.</summary>
internal sealed record WorkerOutcome(int ExitCode, string Output, string Error);
