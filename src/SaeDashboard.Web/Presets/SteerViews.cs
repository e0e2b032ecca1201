using SaeDashboard.Core;
using SaeDashboard.Core.Presets;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;

namespace SaeDashboard.Web.Presets;

/// <summary>What is known here of the features a preset turns: names by the SAE's hash, colours while the SAE is here.</summary>
public sealed class SteerViews(ICatalog catalog, FeatureCatalog features, LabelRepository labels)
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
                var known = set is not null && (uint)steer.Feature < (uint)set.Index.Count;
                return new SteerView(
                    steer.Feature, names.GetValueOrDefault(steer.Feature)?.Text, known ? set!.Index.Hue[steer.Feature] * 15 : null,
                    steer.Strength, steer.Mode, steer.P99, known ? $"features/{sae!.Id}/{steer.Feature}" : null);
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
