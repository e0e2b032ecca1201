namespace SaeDashboard.Sae.Evaluation.GroundTruth;

/// <summary>Measures one concept's chosen score on the scored split.</summary>
internal sealed class ScoredDirection(ConceptTruth truth, GroundTruthOptions options)
{
    /// <summary>The score of a concept; null where a label is missing.</summary>
    /// <param name="name">The concept.</param>
    /// <param name="concept">Its number.</param>
    /// <param name="level">Over what.</param>
    /// <param name="scores">One a unit; turned around in place when low values speak for the concept.</param>
    /// <param name="directions">What was chosen.</param>
    /// <param name="lag">The chosen lag.</param>
    /// <param name="negative">Whether low values speak for it.</param>
    /// <param name="interval">Whether to draw clips anew for an interval.</param>
    public DirectionScore? Measure(
        string name, int concept, TruthLevel level, float[] scores, IReadOnlyList<int> directions, int lag, bool negative, bool interval)
    {
        if (negative)
        {
            for (var i = 0; i < scores.Length; i++) scores[i] = -scores[i];
        }
        var labels = truth.At(level).Of(concept);
        var measure = RankMeasures.Measure(scores, labels);
        if (double.IsNaN(measure.Auroc)) return null;
        var (low, high) = interval
            ? ClipBootstrap.Interval(scores, labels, truth.Layout.UnitsPerClip(level), options.BootstrapReplicates, options.Seed)
            : (double.NaN, double.NaN);
        return new DirectionScore
        {
            Concept = name,
            Level = level,
            Directions = directions,
            Lag = lag,
            Negative = negative,
            Auroc = measure.Auroc,
            Low = double.IsNaN(low) ? null : low,
            High = double.IsNaN(high) ? null : high,
            AveragePrecision = measure.AveragePrecision,
            Prevalence = measure.Prevalence,
        };
    }
}
