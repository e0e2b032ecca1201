using SaeDashboard.Core.Features;

namespace SaeDashboard.Web.Api;

/// <summary>What was measured of a feature beyond its activations. Null or empty: not measured, or it cannot be computed.</summary>
/// <param name="Clips">Clips that co-firing, positions and concepts were measured on.</param>
/// <param name="PositionR2">Share of the variance of its activation that the position in the clip explains, 0 to 1.</param>
/// <param name="PositionHistogram">Columns on which it fires, in equal parts of the clip, its beginning first.</param>
/// <param name="Correlations">Pearson correlation of its activation with descriptors of the sound, by their names, −1 to 1.</param>
/// <param name="Concept">The annotated concept that it ranks best; null: none, or not measured.</param>
/// <param name="Stability">Largest cosine with a direction of a second SAE, −1 to 1.</param>
/// <param name="OutputScore">What injecting it changes in the model's output.</param>
/// <param name="OutputScoreRandom">The same for a random direction.</param>
/// <param name="CoFiring">Features that fire together with it, the largest phi first.</param>
/// <param name="GuestRank">Its rank among the mystery guests, from 1; null: it is not one, or that is not known.</param>
public sealed record ApiMeasures(
    int Clips, double? PositionR2, IReadOnlyList<int> PositionHistogram, IReadOnlyDictionary<string, double?> Correlations, ApiConcept? Concept, double? Stability, double? OutputScore, double? OutputScoreRandom,
    IReadOnlyList<ApiCoFiring> CoFiring, int? GuestRank)
{
    internal static ApiMeasures? Of(FeatureIndex index, int feature)
    {
        if (index.Measures is not { } measures) return null;
        var correlations = new Dictionary<string, double?>(StringComparer.Ordinal);
        var values = measures.Correlations(feature);
        for (var i = 0; i < values.Length; i++) correlations[measures.Info.Descriptors[i]] = Finite.Of(values[i]);
        return new ApiMeasures(
            measures.Info.Clips, Finite.Of(measures.PositionR2[feature]), measures.PositionHistogram(feature).ToArray(), correlations,
            measures.BestConcept(feature) is { } best ? new ApiConcept(best.Concept, best.Level, best.Lag, Finite.Of(best.Auroc), Finite.Of(best.ChosenAuroc)) : null,
            At(measures.Stability, feature), At(measures.OutputScore, feature), At(measures.OutputScoreRandom, feature),
            [.. measures.CoFiring(feature).Select(other => new ApiCoFiring(other.Feature, Finite.Of(other.Phi), other.Lag, Finite.Of(other.PhiAtLag)))], index.GuestRank(feature));
    }

    private static double? At(ReadOnlySpan<float> values, int feature) => values.Length > 0 ? Finite.Of(values[feature]) : null;
}

/// <summary>The annotated concept that a feature ranks best.</summary>
/// <param name="Name">Its name in the annotations.</param>
/// <param name="Level">The units they were compared over: clips, seconds or frames.</param>
/// <param name="Lag">Columns by which the feature fires after the sound.</param>
/// <param name="Auroc">Area under the ROC curve on the clips of the statistics; 0.5 is chance.</param>
/// <param name="ChosenAuroc">The same on the clips that concept, level and lag were chosen on.</param>
public sealed record ApiConcept(string Name, ConceptLevel Level, int Lag, double? Auroc, double? ChosenAuroc);

/// <summary>A feature that fires together with another.</summary>
/// <param name="Index">The feature.</param>
/// <param name="Phi">Correlation of “fires” with “fires” over columns: 1 always together, 0 as chance has it.</param>
/// <param name="Lag">The lag in columns at which they fire together most: above 0 it fires after the other.</param>
/// <param name="PhiAtLag">Phi at that lag.</param>
public sealed record ApiCoFiring(int Index, double? Phi, int Lag, double? PhiAtLag);
