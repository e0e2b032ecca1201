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

    /// <summary>The SAE in the rack.</summary>
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
        if ((Draft.Sae is null || catalog.Sae(Draft.Sae) is null) && Draft.Rack.Count == 0 && features.Saes is [var first, ..]) Draft = Draft with { Sae = first.Id };
        try
        {
            Set = Draft.Sae is { } id ? features.Open(id) : null;
        }
        catch (UserException)
        {
            // The Data page says what is wrong with the index.
            Set = null;
        }
    }

    /// <summary>Changes the set-up and keeps it soon.</summary>
    public void Change(Func<StudioDraft, StudioDraft> change)
    {
        var before = Draft.Sae;
        Draft = change(Draft);
        if (Draft.Sae != before) OpenSae();
        if (actor is null) return;
        written = JsonSerializer.Serialize(Draft, JsonDefaults.Lines);
        drafts.Set(Key, written, actor);
    }

    /// <summary>Changes one strip.</summary>
    public void Change(int feature, Func<RackStrip, RackStrip> change) =>
        Change(draft => draft with { Rack = [.. draft.Rack.Select(strip => strip.Feature == feature ? change(strip) : strip)] });

    /// <summary>Puts a feature into the rack; one of another SAE clears the rack first.</summary>
    /// <exception cref="UserException">There is no such feature, or the rack is full.</exception>
    public void Add(string saeId, int feature)
    {
        var set = features.Open(saeId) ?? throw new UserException($"No SAE '{saeId}' with an index is here. The Data page lists all SAEs.");
        if ((uint)feature >= (uint)set.Index.Count) throw new UserException($"This SAE has features 0 to {set.Index.Count - 1}; {feature} is out of range.");
        Change(draft => draft.Sae == saeId ? draft with { Rack = Rack.Add(draft.Rack, feature) } : draft with { Sae = saeId, Rack = Rack.Add([], feature) });
    }

    /// <summary>A seed that people can read aloud.</summary>
    public static ulong NewSeed() => (ulong)RandomNumberGenerator.GetInt32(int.MaxValue);

    /// <summary>The unit of a feature's strength; 0 for one that never fired.</summary>
    public double P99(int feature) => Set is { } set && (uint)feature < (uint)set.Index.Count ? set.Index.P99[feature] : 0;

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

/// <summary>What a person has set up in the studio and not lost: kept on the server as JSON, one per person.</summary>
public sealed record StudioDraft
{
    public string Prompt { get; init; } = "";

    public double Seconds { get; init; } = 8;

    public ulong Seed { get; init; } = 1;

    /// <summary>Whether the next take keeps <see cref="Seed"/>; otherwise it draws a new one.</summary>
    public bool SeedLocked { get; init; }

    public double Guidance { get; init; } = 3;

    public double Temperature { get; init; } = 1;

    /// <summary>Tokens kept before the draw; 0 keeps all.</summary>
    public int TopK { get; init; } = 250;

    /// <summary>Which half of the guidance pair is steered: both, conditional or unconditional.</summary>
    public string Rows { get; init; } = "both";

    /// <summary>The SAE whose features stand in the rack, by its id in the catalog; null: the newest.</summary>
    public string? Sae { get; init; }

    public IReadOnlyList<RackStrip> Rack { get; init; } = [];

    /// <summary>This set-up without one earlier change. What was changed since then stays.</summary>
    /// <param name="before">The set-up before that change.</param>
    /// <param name="after">The set-up after it.</param>
    public StudioDraft Undo(StudioDraft before, StudioDraft after)
    {
        // The features of another SAE cannot be mixed with these.
        var otherSae = before.Sae != after.Sae;
        var keepsSae = otherSae && Sae != after.Sae;
        return this with
        {
            Prompt = Of(draft => draft.Prompt),
            Seconds = Of(draft => draft.Seconds),
            Seed = Of(draft => draft.Seed),
            SeedLocked = Of(draft => draft.SeedLocked),
            Guidance = Of(draft => draft.Guidance),
            Temperature = Of(draft => draft.Temperature),
            TopK = Of(draft => draft.TopK),
            Rows = Of(draft => draft.Rows),
            Sae = Of(draft => draft.Sae),
            Rack = keepsSae ? Rack : otherSae ? before.Rack : Studio.Rack.Undo(Rack, before.Rack, after.Rack),
        };

        T Of<T>(Func<StudioDraft, T> setting) => Equals(setting(this), setting(after)) ? setting(before) : setting(this);
    }
}
