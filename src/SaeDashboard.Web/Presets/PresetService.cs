using SaeDashboard.Core;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;

namespace SaeDashboard.Web.Presets;

/// <summary>The presets there are. Pages take the list when they open and when <see cref="Changed"/> says so, not when they render.</summary>
public sealed class PresetService(PresetRepository presets, IStoreAccess store)
{
    /// <summary>The list changed. On the thread that changed it.</summary>
    public event Action? Changed;

    /// <summary>Tells the open pages of a change that was written in another way: an import.</summary>
    public void Announce() => Changed?.Invoke();

    /// <summary>All presets, newest first; deleted ones are not in it.</summary>
    public IReadOnlyList<PresetRow> List => store.Read(presets.List);

    /// <summary>The deleted presets, the last deleted first.</summary>
    public IReadOnlyList<(string Id, string Name, DateTimeOffset DeletedUtc)> Deleted() => store.Read(presets.Deleted);

    /// <summary>One preset with its codes, deleted ones included; null when there never was one of that id.</summary>
    public StoredPreset? Find(string id) => Ids.IsValid("preset", id) ? store.Read(() => presets.Find(id)) : null;

    /// <summary>Keeps a preset; gives its new id.</summary>
    /// <exception cref="UserException">Its name is refused, or it was not saved.</exception>
    public string Add(SteeringPreset preset, Actor actor)
    {
        var id = store.Write(() => presets.Add(preset, actor));
        Changed?.Invoke();
        return id;
    }

    /// <summary>Gives it another name.</summary>
    /// <exception cref="UserException">The name is refused, there is no such preset, or it was not saved.</exception>
    public void Rename(string id, string name, Actor actor)
    {
        name = PersonText.Name(name, "The preset's name");
        Write(() => presets.Rename(id, name, actor));
    }

    /// <summary>Takes it out of the list; <see cref="Restore"/> brings it back.</summary>
    /// <exception cref="UserException">The preset does not exist, or it was not saved.</exception>
    public void Delete(string id, Actor actor) => Write(() => presets.Delete(id, actor));

    /// <summary>Undoes <see cref="Delete"/>.</summary>
    /// <exception cref="UserException">The preset does not exist, or it was not saved.</exception>
    public void Restore(string id, Actor actor) => Write(() => presets.Restore(id, actor));

    private void Write(Action write)
    {
        store.Write(write);
        Changed?.Invoke();
    }
}

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
