namespace SaeDashboard.Web.Jobs;

/// <summary>A state that a run has saved.</summary>
/// <param name="Step">The step after which it was saved.</param>
/// <param name="Bytes">What it takes on the disk.</param>
/// <param name="WrittenUtc">When it was saved.</param>
/// <param name="Best">Whether no other measured better on the held-out clips.</param>
/// <param name="HeldOutLoss">That measure; known of the best one alone.</param>
/// <param name="Pinned">Whether it is kept whatever comes after it.</param>
public sealed record RunCheckpointView(long Step, long Bytes, DateTime WrittenUtc, bool Best, double? HeldOutLoss, bool Pinned);
