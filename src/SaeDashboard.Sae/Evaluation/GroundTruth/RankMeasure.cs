namespace SaeDashboard.Sae.Evaluation.GroundTruth;

/// <summary>How a score ranks positives above negatives.</summary>
/// <param name="Auroc">½ is chance, 1 every positive above every negative; NaN where one of the two is missing.</param>
/// <param name="AveragePrecision">Chance is the prevalence.</param>
/// <param name="Positives">Positive units counted.</param>
/// <param name="Negatives">Negative units counted.</param>
internal readonly record struct RankMeasure(double Auroc, double AveragePrecision, long Positives, long Negatives)
{
    public double Prevalence => Positives / (double)(Positives + Negatives);
}
