namespace SaeDashboard.Worker.SelfTest;

/// <summary>One thing that was proven, or was not.</summary>
/// <param name="Model">The golden folder.</param>
/// <param name="Name">What was compared.</param>
/// <param name="Error">How far it is off, in <paramref name="Unit"/>; null when it could not be measured.</param>
/// <param name="Tolerance">How far it may be off.</param>
/// <param name="Unit">"relative" (of the largest value), or what is counted.</param>
/// <param name="Problem">Why it could not be measured; otherwise null.</param>
internal sealed record CheckResult(string Model, string Name, double? Error, double Tolerance, string Unit, string? Problem)
{
    public bool Passed => Error <= Tolerance;
}
