namespace SaeDashboard.Sae.Evaluation;

/// <summary>What PCA of a rank explains on the measured split.</summary>
/// <param name="Rank">Components kept.</param>
/// <param name="ExplainedVariance">1 − E‖e‖² / (E‖x‖² − ‖E x‖²).</param>
/// <param name="ExplainedVariancePerColumn">1 − E‖e‖² / E‖x − μ_column‖².</param>
public sealed record PcaScore(int Rank, double ExplainedVariance, double ExplainedVariancePerColumn);
