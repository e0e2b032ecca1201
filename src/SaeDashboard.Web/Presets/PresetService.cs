using SaeDashboard.Core;
using SaeDashboard.Core.Presets;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;

namespace SaeDashboard.Web.Presets;

/// <summary>The presets there are, and who may see and change which. Pages take the list when they open and when <see cref="Changed"/> says so, not when they render.</summary>
public sealed class PresetService(PresetRepository presets, IStoreAccess store)
{
    /// <summary>The list changed. On the thread that changed it.</summary>
    public event Action? Changed;

    /// <summary>Tells the open pages of a change that was written in another way: an import, stars, a comment.</summary>
    public void Announce() => Changed?.Invoke();

    /// <summary>All presets, newest first, whoever may see them; deleted ones are not in it.</summary>
    public IReadOnlyList<PresetRow> List => store.Read(presets.List);

    /// <summary>The presets that everyone may see, newest first.</summary>
    public IReadOnlyList<PresetRow> Public => [.. List.Where(row => row.Visibility == PresetVisibility.Public)];

    /// <summary>The presets that a person sees in lists, newest first.</summary>
    public IReadOnlyList<PresetRow> For(Actor actor) => [.. List.Where(row => row.IsFor(actor))];

    /// <summary>The deleted presets, the last deleted first. Those that not everyone may see are not named.</summary>
    public IReadOnlyList<(string Id, string Name, DateTimeOffset DeletedUtc)> Deleted() =>
        [.. store.Read(presets.Deleted).Select(preset => (preset.Id, preset.Visibility == PresetVisibility.Public ? preset.Name : $"A preset that is {preset.Visibility.Name()}", preset.DeletedUtc))];

    /// <summary>One preset with its codes, deleted ones included; null when there never was one of that id.</summary>
    public StoredPreset? Find(string id) => Ids.IsValid("preset", id) ? store.Read(() => presets.Find(id)) : null;

    /// <summary>As <see cref="Find(string)"/>; null also for one that the person may not see without a link.</summary>
    public StoredPreset? Find(string id, Actor actor) => Find(id) is { } stored && stored.IsFor(actor) ? stored : null;

    /// <summary>Whether a person may change a preset: its author, and everyone a bundled one.</summary>
    public static bool IsOf(StoredPreset stored, Actor actor) => stored.Shipped || stored.AuthorId == actor.UserId;

    /// <summary>Every revision, the newest first.</summary>
    public IReadOnlyList<PresetRevision> Revisions(string id) => store.Read(() => presets.Revisions(id));

    /// <summary>Where a preset comes from and what was made of it, of what a person may see.</summary>
    public PresetTree Tree(string id, Actor actor)
    {
        var visible = For(actor);
        return visible.FirstOrDefault(row => row.Id == id) is { } row ? PresetTree.Of(row, visible, each => Revisions(each).Select(revision => revision.Content)) : new PresetTree([], []);
    }

    /// <summary>Keeps a preset; gives its new id.</summary>
    /// <exception cref="UserException">Its name is refused, or it was not saved.</exception>
    public string Add(SteeringPreset preset, Actor actor, PresetVisibility visibility = PresetVisibility.Public)
    {
        var id = store.Write(() => presets.Add(preset, actor, visibility));
        Changed?.Invoke();
        return id;
    }

    /// <summary>Copies a preset for a person to change: a preset of their own that names the first as its parent. Its settings and codes are the same.</summary>
    /// <exception cref="UserException">It was not saved.</exception>
    public string Fork(StoredPreset stored, Actor actor) => Add(
        stored.Preset with { Parent = ParentOf(stored.Preset), Author = UserRepository.Unnamed == actor.Name ? null : actor.Name, Name = Forked(stored.Preset.Name) }, actor,
        // What was not for everyone does not become so by being copied.
        stored.Visibility == PresetVisibility.Public ? PresetVisibility.Public : PresetVisibility.Private);

    /// <summary>A preset as the parent of another.</summary>
    public static PresetParent ParentOf(SteeringPreset preset) => new(PresetContent.Hash(preset), preset.Name, preset.Author);

    /// <summary>Puts another content in its place, as a revision.</summary>
    /// <exception cref="UserException">It is another person's, breaks a rule, was changed meanwhile, or was not saved.</exception>
    public void Revise(string id, Func<SteeringPreset, SteeringPreset> change, string? note, int? basedOn, Actor actor) => Write(id, actor, stored =>
    {
        var next = change(stored.Preset);
        PresetFile.Check(next);
        presets.Revise(id, next, PersonText.Line(note, "The note", PersonText.MaxName) is { Length: > 0 } said ? said : null, basedOn, actor);
    });

    /// <summary>Takes up an earlier revision again, as a new one.</summary>
    /// <exception cref="UserException">It is another person's, the revision does not exist, or it was not saved.</exception>
    public void RestoreRevision(string id, int number, Actor actor) => Write(id, actor, _ => presets.RestoreRevision(id, number, actor));

    /// <summary>Says who may see it.</summary>
    /// <exception cref="UserException">It is another person's, or it was not saved.</exception>
    public void SetVisibility(string id, PresetVisibility visibility, Actor actor) => Write(id, actor, _ => presets.SetVisibility(id, visibility, actor));

    /// <summary>Gives it another name.</summary>
    /// <exception cref="UserException">The name is refused, it is another person's, there is no such preset, or it was not saved.</exception>
    public void Rename(string id, string name, Actor actor)
    {
        name = PersonText.Name(name, "The preset's name");
        Write(id, actor, _ => presets.Rename(id, name, actor));
    }

    /// <summary>Takes it out of the list; <see cref="Restore"/> brings it back.</summary>
    /// <exception cref="UserException">The preset does not exist, is another person's, or it was not saved.</exception>
    public void Delete(string id, Actor actor) => Write(id, actor, _ => presets.Delete(id, actor));

    /// <summary>Undoes <see cref="Delete"/>.</summary>
    /// <exception cref="UserException">The preset does not exist, is another person's, or it was not saved.</exception>
    public void Restore(string id, Actor actor) => Write(id, actor, _ => presets.Restore(id, actor));

    private void Write(string id, Actor actor, Action<StoredPreset> write)
    {
        store.Write(() =>
        {
            var stored = presets.Find(id) is { } found && found.IsFor(actor) ? found : throw new UserException($"There is no preset {id}: it was deleted meanwhile. Open the list again.");
            if (!IsOf(stored, actor)) throw new UserException($"{stored.Author} made “{stored.Preset.Name}”, and a preset is changed by its author. Fork it, and change the fork.");
            write(stored);
        });
        Changed?.Invoke();
    }

    private static string Forked(string name) => name.Length + 7 <= PersonText.MaxName ? $"{name} (fork)" : name;
}

/// <summary>What of a preset's model and SAE is here, by the hash of its weights.</summary>
/// <param name="Player">A model whose codec plays the codes; null: it cannot be heard here.</param>
/// <param name="Model">The very model that made it; null: not here.</param>
/// <param name="Sae">The very SAE; null: not here.</param>
/// <param name="StillReading">Whether hashes are still being computed: what is missing may yet turn up.</param>
public sealed record PresetNeeds(CatalogModel? Player, CatalogModel? Model, CatalogSae? Sae, bool StillReading)
{
    private IReadOnlyList<CatalogSae> Saes { get; init; } = [];

    /// <summary>The SAEs that the preset names and that are not here.</summary>
    public IReadOnlyList<PresetSae> MissingSaes { get; private init; } = [];

    /// <summary>Looks in the catalog.</summary>
    public static PresetNeeds Of(SteeringPreset preset, ICatalog catalog)
    {
        var model = catalog.ModelByHash(preset.Model.WeightsHash);
        return new PresetNeeds(
            model ?? catalog.ModelByCodecHash(preset.Model.CodecHash),
            model,
            catalog.SaeByHash(preset.Sae.WeightsHash),
            catalog.Models.Any(each => each.State == CatalogState.Reading) || catalog.Saes.Any(each => each.State == CatalogState.Reading))
        {
            Saes = [.. All(preset).Select(sae => catalog.SaeByHash(sae.WeightsHash)).OfType<CatalogSae>()],
            MissingSaes = [.. All(preset).Where(sae => catalog.SaeByHash(sae.WeightsHash) is null)],
        };
    }

    /// <summary>What an SAE is called here, or else where the preset was made.</summary>
    public string NameOf(PresetSae sae) => Saes.FirstOrDefault(each => each.Hash == sae.WeightsHash)?.Name ?? sae.Name;

    private static IEnumerable<PresetSae> All(SteeringPreset preset) => (preset.Saes ?? []).Prepend(preset.Sae);

    /// <summary>Whether it can be made again here.</summary>
    public bool Generates => Model is not null && Sae is not null && MissingSaes.Count == 0;
}
