using System.Security.Cryptography;
using SaeDashboard.Core.Presets;
using SaeDashboard.Web.Data;

namespace SaeDashboard.Web.Studio;

/// <summary>A set-up that can be restored on the Studio: of a take, of a WAV file, of a preset, of a preset with another SAE's features.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Settings">Everything that decides how it sounds. From elsewhere, folders are names, for people.</param>
/// <param name="FrameRate">Frames a second, Hz.</param>
/// <param name="ModelHash">SHA-256 of the model's weights; null: not said.</param>
/// <param name="SaeHash">SHA-256 of the SAE's weights; null: nothing is steered, or it is not known yet.</param>
public sealed record SetUp(string Name, TakeSettings Settings, double FrameRate, string? ModelHash, string? SaeHash)
{
    private const int HashLength = 64;

    /// <summary>SHA-256 of the weights of further SAEs, by what the settings call them. A preset calls them by these hashes, which need no entry.</summary>
    public IReadOnlyDictionary<string, string> Saes { get; init; } = new Dictionary<string, string>();

    /// <summary>What of it the Studio's form does not offer.</summary>
    public RestoredSettings? Restored { get; init; } = RestoredSettings.Of(Settings, null, null);

    /// <summary>The set-up that a take was generated with.</summary>
    public static SetUp Of(string name, TakeManifest take) => new(name, take.Settings, take.FrameRate, take.ModelHash, take.SaeHash)
    {
        Saes = (take.Saes ?? []).DistinctBy(sae => sae.Path).ToDictionary(sae => sae.Path, sae => sae.WeightsHash),
        Restored = RestoredSettings.Of(take.Settings, take.Window, take.Stride),
    };

    /// <summary>The set-up that a WAV file carries.</summary>
    public static SetUp Of(TakeSheet sheet) => Of(sheet.Name, sheet.Take);

    /// <summary>The set-up of a preset.</summary>
    public static SetUp Of(SteeringPreset preset) =>
        new(preset.Name, PresetSettings.ToTake(preset, preset.Model.Name, preset.Sae.Name), preset.Model.FrameRate, preset.Model.WeightsHash, preset.Sae.WeightsHash);

    /// <summary>What of it is not here, and what the Studio cannot set: a sentence each. Empty: all of it is restored.</summary>
    public IReadOnlyList<string> Missing(ICatalog catalog)
    {
        var lines = new List<string>();
        if (ModelHash is { } model && catalog.ModelByHash(model) is null)
            lines.Add($"The model “{Settings.ModelPath}” ({model[..Math.Min(12, model.Length)]}…) is not here: another model makes other music. Put its folder into models/ of the data folder and rescan on the Data page.");
        foreach (var sae in Used.Where(sae => SaeOf(sae, catalog) is null))
        {
            var (name, hash) = (sae ?? Settings.SaePath, HashOf(sae));
            var what = name == hash ? $"{hash?[..12]}…" : $"“{name}”{(hash is null ? "" : $" ({hash[..12]}…)")}";
            lines.Add($"The SAE {what} is not here: the rack stays as it was. Put its folder into saes/ of the data folder and rescan on the Data page.");
        }
        var rack = Rack.From(Settings.Steers, steer => steer.SaePath);
        if (!rack.Select(strip => (strip.Feature, strip.Strength, strip.Mode)).SequenceEqual(Settings.Steers.Select(steer => (steer.Feature, steer.Strength, steer.Mode)))) lines.Add("The Studio cannot set a steering beyond its faders.");
        return lines;
    }

    /// <summary>The draft with everything of it that is here, its seed locked. With an SAE missing, the rack stays.</summary>
    /// <param name="draft">The draft.</param>
    /// <param name="catalog">What is here.</param>
    /// <param name="p99">The unit of a feature's strength here, by the id of its SAE; null: it is not compared.</param>
    public StudioDraft On(StudioDraft draft, ICatalog catalog, Func<string, int, double>? p99 = null)
    {
        var sae = SaeOf(null, catalog)?.Id ?? draft.Sae;
        var restored = draft with
        {
            Prompt = Settings.Prompt ?? "",
            Seconds = FrameRate > 0 ? Math.Round(Settings.Frames / FrameRate, 2) : draft.Seconds,
            Seed = Settings.Seed,
            SeedLocked = true,
            Guidance = Settings.Guidance,
            Temperature = Settings.Temperature,
            TopK = Settings.TopK,
            TopP = Settings.TopP,
            Greedy = Settings.Greedy,
            Rows = Settings.Rows,
            ControlSource = Settings.Controls,
            Restored = Restored,
            // What the model was given comes along: the sound itself may be gone.
            Continue = Settings.Continue is { } given ? given with { File = null } : null,
            Melody = Settings.Melody is { } melody ? melody with { File = null } : null,
            Sae = sae,
            Rack = Used.Any(name => SaeOf(name, catalog) is null) ? Rack.Rebase(draft.Rack, draft.Sae, sae)
                : Rack.From(
                    Settings.Steers, steer => SaeOf(steer.SaePath, catalog)!.Id is var id && id == sae ? null : id, Settings.Moves, name => SaeOf(name, catalog)!.Id,
                    p99 is null || sae is null ? null : strip => p99(strip.Sae ?? sae, strip.Feature)),
        };
        return restored with { Control = null, ControlArms = [.. restored.Offered.Where(Settings.Arms.Contains)] };
    }

    /// <summary>Its rack, every strip with the id of its SAE; null: one of its SAEs is not here.</summary>
    /// <param name="catalog">What is here.</param>
    /// <param name="p99">The unit of a feature's strength here, by the id of its SAE.</param>
    public IReadOnlyList<RackStrip>? Named(ICatalog catalog, Func<string, int, double> p99) => Used.Any(name => SaeOf(name, catalog) is null) ? null
        : Rack.From(Settings.Steers, steer => SaeOf(steer.SaePath, catalog)!.Id, Settings.Moves, name => SaeOf(name, catalog)!.Id, strip => p99(strip.Sae!, strip.Feature));

    // What the settings call the SAEs that steers and conditions need; null: the take's own.
    private IEnumerable<string?> Used => Settings.Steers.Select(steer => steer.SaePath).Concat(Settings.Steers.Select(steer => steer.Condition?.Sae).Where(sae => sae is not null))
        .Select(sae => IsOwn(sae) ? null : sae).Distinct();

    private bool IsOwn(string? sae) => sae is null || sae == Settings.SaePath || sae == SaeHash;

    private string? HashOf(string? sae) => IsOwn(sae) ? SaeHash ?? (Settings.SaePath is { } own ? Saes.GetValueOrDefault(own) : null) : Saes.GetValueOrDefault(sae!) ?? (sae!.Length == HashLength && sae.All(char.IsAsciiHexDigit) ? sae : null);

    // A take of this machine names folders, which are known before their hashes.
    private CatalogSae? SaeOf(string? sae, ICatalog catalog) =>
        (HashOf(sae) is { } hash ? catalog.SaeByHash(hash) : null) ?? ((sae ?? Settings.SaePath) is { } path ? catalog.SaeByPath(path) : null);
}

/// <summary>Set-ups on their way into a Studio: named by a random word in an address, so that only the page that brought one takes it up. In memory.</summary>
public sealed class SetUpInbox
{
    private const int Most = 64;

    private readonly Lock gate = new();
    private readonly Queue<string> order = new();
    private readonly Dictionary<string, SetUp> waiting = new(StringComparer.Ordinal);

    /// <summary>Keeps a set-up; gives the address of the Studio that takes it up. Of many that are not taken up the oldest go.</summary>
    public string Keep(SetUp setUp)
    {
        var word = RandomNumberGenerator.GetHexString(32, lowercase: true);
        lock (gate)
        {
            waiting[word] = setUp;
            order.Enqueue(word);
            while (order.Count > Most) waiting.Remove(order.Dequeue());
        }
        return $"studio?settings={word}";
    }

    /// <summary>The set-up of that word; null: there is none any more.</summary>
    public SetUp? Find(string word)
    {
        lock (gate) return waiting.GetValueOrDefault(word);
    }
}
