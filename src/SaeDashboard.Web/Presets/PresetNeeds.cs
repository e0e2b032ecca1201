using SaeDashboard.Web.Data;

namespace SaeDashboard.Web.Presets;

/// <summary>What of a preset's model and SAE is here, by the hash of its weights.</summary>
/// <param name="Player">A model whose codec plays the codes; null: it cannot be heard here.</param>
/// <param name="Model">The very model that made it; null: not here.</param>
/// <param name="Sae">The very SAE; null: not here.</param>
/// <param name="StillReading">Whether hashes are still being computed: what is missing may yet turn up.</param>
public sealed record PresetNeeds(CatalogModel? Player, CatalogModel? Model, CatalogSae? Sae, bool StillReading)
{
    /// <summary>Looks in the catalog.</summary>
    public static PresetNeeds Of(SteeringPreset preset, ICatalog catalog)
    {
        var model = catalog.ModelByHash(preset.Model.WeightsHash);
        return new PresetNeeds(
            model ?? catalog.ModelByCodecHash(preset.Model.CodecHash),
            model,
            catalog.SaeByHash(preset.Sae.WeightsHash),
            catalog.Models.Any(each => each.State == CatalogState.Reading) || catalog.Saes.Any(each => each.State == CatalogState.Reading));
    }

    /// <summary>Whether it can be made again here.</summary>
    public bool Generates => Model is not null && Sae is not null;
}
