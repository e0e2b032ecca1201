using System.Security.Cryptography;
using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Identity;

namespace SaeDashboard.Web.Studio;

/// <summary>A person's set-up in the studio. A change is kept on the server at once, and on the disk a moment later. One per circuit.</summary>
public sealed class StudioState(Drafts drafts, ActorAccessor actors, ICatalog catalog, FeatureCatalog features) : IDisposable
{
    private const string Key = "studio";

    private readonly Dictionary<string, FeatureSet?> others = [];
    private readonly StudioHistory history = new(TimeProvider.System);

    private Actor? actor;
    private string? written;

    /// <summary>Whether the set-up is saved changed. On a pool thread.</summary>
    public event Action? SavedChanged;

    /// <summary>The person changed the set-up in another window: <see cref="Reload"/> brings it here. On that window's thread.</summary>
    public event Action? ChangedElsewhere;

    /// <summary>Why the set-up is not saved; null: it is, or will be in a moment.</summary>
    public string? Problem { get; private set; }

    /// <summary>The set-up now.</summary>
    public StudioDraft Draft { get; private set; } = new();

    /// <summary>The features of the SAE in the rack; null while there is none.</summary>
    public FeatureSet? Set { get; private set; }

    /// <summary>Counts what was undone: a fader then takes the value, even while it is held.</summary>
    public int Undone { get; private set; }

    /// <summary>What Ctrl+Z undoes; null: nothing.</summary>
    public string? LastChange => history.Last;

    /// <summary>The SAE that features are added from; strips of others can be in the rack too.</summary>
    public CatalogSae? Sae => Draft.Sae is { } id ? catalog.Sae(id) : null;

    /// <summary>Takes up what the person left.</summary>
    public async Task OpenAsync()
    {
        actor = await actors.GetAsync();
        drafts.Changed -= DraftsChanged;
        drafts.Changed += DraftsChanged;
        drafts.Replaced -= DraftReplaced;
        drafts.Replaced += DraftReplaced;
        Problem = drafts.Problem(Key, actor);
        Reload();
    }

    /// <summary>Shows the set-up as it was last changed, in whichever window.</summary>
    public void Reload()
    {
        try
        {
            written = drafts.Get(Key, actor!);
            if (written is { } json) Draft = JsonSerializer.Deserialize<StudioDraft>(json, JsonDefaults.Lines) ?? new StudioDraft();
        }
        catch (JsonException)
        {
            // A draft of another version is not worth an error.
            Draft = new StudioDraft();
        }
        OpenSae();
    }

    /// <summary>Opens the rack's SAE, or the newest there is; again after the catalog changed.</summary>
    public void OpenSae()
    {
        others.Clear();
        if ((Draft.Sae is null || catalog.Sae(Draft.Sae) is null) && Draft.Rack.Count == 0 && features.Saes is [var first, ..]) Draft = Draft with { Sae = first.Id };
        Set = Draft.Sae is { } id ? Open(id) : null;
    }

    /// <summary>The features of a strip's SAE; null while there are none.</summary>
    /// <param name="saeId">The SAE's id; null: that of the draft.</param>
    public FeatureSet? SetOf(string? saeId)
    {
        if (saeId is null || saeId == Draft.Sae) return Set;
        if (!others.TryGetValue(saeId, out var set)) others[saeId] = set = Open(saeId);
        return set;
    }

    private FeatureSet? Open(string saeId)
    {
        try
        {
            return features.Open(saeId);
        }
        catch (UserException)
        {
            // The Data page says what is wrong with the index.
            return null;
        }
    }

    /// <summary>Changes the set-up and keeps it soon.</summary>
    /// <param name="change">The change.</param>
    /// <param name="what">What is changed, for Ctrl+Z: a fader that is dragged is one change. Null: it is not one that Ctrl+Z undoes.</param>
    public void Change(Func<StudioDraft, StudioDraft> change, string? what = null)
    {
        var before = Draft;
        Draft = change(Draft);
        if (what is not null) history.Add(what, before, Draft);
        Keep(before.Sae);
    }

    /// <summary>Undoes the last change that Ctrl+Z undoes; later ones of another window stay. Says what it was; null: there is none.</summary>
    public string? Undo()
    {
        if (history.Pop() is not { } step) return null;
        var before = Draft.Sae;
        Draft = Draft.Undo(step.Before, step.After);
        Undone++;
        Keep(before);
        return step.What;
    }

    private void Keep(string? before)
    {
        if (Draft.Sae != before) OpenSae();
        if (actor is null) return;
        written = JsonSerializer.Serialize(Draft, JsonDefaults.Lines);
        drafts.Set(Key, written, actor);
    }

    /// <summary>Changes one strip.</summary>
    public void Change(StripKey key, Func<RackStrip, RackStrip> change, string? what = null) =>
        Change(draft => draft with { Rack = [.. draft.Rack.Select(strip => strip.Key == key ? change(strip) : strip)] }, what);

    /// <summary>Puts a feature into the rack, next to those of other SAEs of the same model; features of another model's SAEs are removed first.</summary>
    /// <exception cref="UserException">There is no such feature, or the rack is full.</exception>
    public void Add(string saeId, int feature)
    {
        var set = features.Open(saeId) ?? throw new UserException($"No SAE '{saeId}' with an index is here. The Data page lists all SAEs.");
        if ((uint)feature >= (uint)set.Index.Count) throw new UserException($"This SAE has features 0 to {set.Index.Count - 1}; {feature} is out of range.");
        Change(draft =>
        {
            if (draft.Sae == saeId) return draft with { Rack = Rack.Add(draft.Rack, feature) };
            return draft.Rack.Count > 0 && SameModel(Sae, catalog.Sae(saeId)) ? draft with { Rack = Rack.Add(draft.Rack, feature, saeId) } : draft with { Sae = saeId, Rack = Rack.Add([], feature) };
        }, "the feature added");
    }

    /// <summary>Whether features of two SAEs can steer one take.</summary>
    public static bool SameModel(CatalogSae? one, CatalogSae? other) =>
        one is not null && other is not null && ((one.ModelHash is { } hash && hash == other.ModelHash) || (one.ModelId is { } id && id == other.ModelId));

    /// <summary>A seed that people can read aloud.</summary>
    public static ulong NewSeed() => (ulong)RandomNumberGenerator.GetInt32(int.MaxValue);

    /// <summary>The unit of a strip's strength; 0 for a feature that never fired.</summary>
    public double P99(RackStrip strip) => strip.Unit ?? P99(strip.Sae, strip.Feature);

    /// <summary>The unit of a feature's strength; 0 for one that never fired.</summary>
    public double P99(string? saeId, int feature) => SetOf(saeId) is { } set && (uint)feature < (uint)set.Index.Count ? set.Index.P99[feature] : 0;

    /// <summary>Tries at once to save what could not be saved.</summary>
    public Task SaveNowAsync() => Task.Run(drafts.SaveNow);

    public void Dispose()
    {
        drafts.Changed -= DraftsChanged;
        drafts.Replaced -= DraftReplaced;
    }

    private void DraftReplaced(string key, Actor by)
    {
        if (key == Key && by.UserId == actor!.UserId && drafts.Get(Key, actor) != written) ChangedElsewhere?.Invoke();
    }

    private void DraftsChanged()
    {
        var now = drafts.Problem(Key, actor!);
        if (now == Problem) return;
        Problem = now;
        SavedChanged?.Invoke();
    }
}
