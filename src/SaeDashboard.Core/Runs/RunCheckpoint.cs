namespace SaeDashboard.Core.Runs;

/// <summary>One saved state of a run.</summary>
/// <param name="Step">Steps that were done when it was saved.</param>
/// <param name="Bytes">What it takes on the disk.</param>
/// <param name="Time">When it was saved, UTC.</param>
/// <param name="Best">Whether it has the smallest loss on the held-out clips of all that were saved.</param>
/// <param name="Pinned">Whether a person wants it kept, however many come after it.</param>
/// <param name="HeldOutLoss">That loss; known of the best one alone.</param>
public sealed record RunCheckpoint(long Step, long Bytes, DateTimeOffset Time, bool Best, bool Pinned, double? HeldOutLoss = null);
