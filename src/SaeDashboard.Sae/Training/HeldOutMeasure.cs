namespace SaeDashboard.Sae.Training;

/// <summary>What an SAE in training does on columns it does not train on.</summary>
/// <param name="Columns">How many.</param>
/// <param name="Loss">Σ_d e², mean over the columns, in the scaled space.</param>
/// <param name="ExplainedVariance">1 − Σ‖e‖² / Σ‖x − x̄‖².</param>
/// <param name="L0">Active latents a column.</param>
public sealed record HeldOutMeasure(long Columns, double Loss, double ExplainedVariance, double L0);
