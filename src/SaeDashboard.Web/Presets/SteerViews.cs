using SaeDashboard.Core;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;

namespace SaeDashboard.Web.Presets;

/// <summary>What is known here of the features a preset turns: names by the SAE's hash, colours while the SAE is here.</summary>
public sealed class SteerViews(ICatalog catalog, FeatureCatalog features, FeatureLabels labels)
{
    /// <summary>The steers of one preset, in its order.</summary>
    public IReadOnlyList<SteerView> Of(string saeHash, IReadOnlyList<PresetSteer> steers)
    {
        var names = labels.Current(saeHash);
        var sae = catalog.SaeByHash(saeHash);
        var set = sae is null ? null : Open(sae);
        return
        [
            .. steers.Select(steer =>
            {
                var label = names.GetValueOrDefault(steer.Feature);
                var row = set is not null && (uint)steer.Feature < (uint)set.Index.Count ? set.Row(steer.Feature, label) : null;
                return new SteerView(
                    steer.Feature, label?.Text ?? row?.Hint?.Words, row?.HueDegrees, steer.Strength, steer.Mode, steer.P99, row is null ? null : $"features/{sae!.Id}/{steer.Feature}");
            }),
        ];
    }

    private FeatureSet? Open(CatalogSae sae)
    {
        try
        {
            return features.Open(sae.Id);
        }
        catch (UserException)
        {
            // Colours are worth less than the page; the Data page says what is wrong with the index.
            return null;
        }
    }
}
