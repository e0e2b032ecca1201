namespace SaeDashboard.Sae.Steering;

/// <summary>An arm's summed activation of a feature beside the baseline's, over seeds.</summary>
/// <param name="BaselineMean">The baseline's mean over seeds.</param>
/// <param name="ArmMean">The arm's.</param>
/// <param name="Ratio">Arm mean / baseline mean, or null where the baseline never fires.</param>
/// <param name="Seeds">Pairs compared.</param>
/// <param name="Raised">Seeds in which the arm is above its baseline.</param>
/// <param name="Doubled">Seeds in which the arm is at least twice its baseline, and fires at all.</param>
public sealed record ArmComparison(double BaselineMean, double ArmMean, double? Ratio, int Seeds, int Raised, int Doubled);
