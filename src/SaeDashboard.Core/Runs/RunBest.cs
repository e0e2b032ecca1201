namespace SaeDashboard.Core.Runs;

/// <summary>The run's best saved state: checkpoints/best.json.</summary>
/// <param name="Step">Its checkpoint.</param>
/// <param name="HeldOutLoss">Its loss on the held-out clips: Σ_d e², mean over the columns, in the scaled space.</param>
public sealed record RunBest(long Step, double HeldOutLoss);
