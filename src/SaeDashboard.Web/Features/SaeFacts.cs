namespace SaeDashboard.Web.Features;

/// <summary>What an SAE's index says of all its features together.</summary>
/// <param name="L0">Mean number of features that fire in a column.</param>
/// <param name="Dead">Features that fired in no clip that was measured or searched.</param>
/// <param name="Density">Features of each bin of <see cref="DensityBins"/>.</param>
internal sealed record SaeFacts(double L0, int Dead, IReadOnlyList<int> Density)
{
    public static SaeFacts None { get; } = new(0, 0, new int[DensityBins.Count]);

    public static SaeFacts Of(FeatureSet set)
    {
        var (fires, dead) = (0.0, 0);
        var density = new int[DensityBins.Count];
        for (var feature = 0; feature < set.Index.Count; feature++)
        {
            fires += set.Index.ColumnDensity[feature];
            density[DensityBins.Of(set.Index.ColumnDensity[feature])]++;
            if (set.Index.TopRows(feature) is not [>= 0, ..]) dead++;
        }
        return new SaeFacts(fires, dead, density);
    }
}
