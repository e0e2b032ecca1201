namespace SaeDashboard.Sae.Training;

/// <summary>How a run stands, told several times a second.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="Loss">Σ_d e², mean over the last batch.</param>
/// <param name="ExplainedVariance">Of the last batch.</param>
/// <param name="DeadShare">The share of latents that are dead.</param>
/// <param name="ColumnsPerSecond">Columns trained on, a second.</param>
/// <param name="EtaSeconds">Seconds to go; null when not yet known.</param>
public sealed record TrainProgress(
    long Step, long Steps, double Loss, double ExplainedVariance, double DeadShare, double ColumnsPerSecond, double? EtaSeconds);
