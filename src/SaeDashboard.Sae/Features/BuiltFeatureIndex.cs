using SaeDashboard.Core.Features;

namespace SaeDashboard.Sae.Features;

/// <summary>A feature index before it is a folder.</summary>
/// <param name="Info">What it was measured on.</param>
/// <param name="Data">The arrays.</param>
/// <param name="Notes">What it lacks and can do without, a sentence each.</param>
/// <param name="PercentilesExact">False when p99, histograms and clip densities come from samples (<see cref="FeatureIndexOptions.ValueBudget"/>).</param>
public sealed record BuiltFeatureIndex(FeatureIndexInfo Info, FeatureIndexData Data, IReadOnlyList<string> Notes, bool PercentilesExact)
{
    /// <summary>Writes the folder (usually <c>&lt;sae&gt;/index</c>), whole or not at all.</summary>
    public void Save(string folder) => FeatureIndexWriter.Save(folder, Info, Data);
}
