using System.Security.Cryptography;
using SaeDashboard.Core.Presets;
using SaeDashboard.Web.Data;

namespace SaeDashboard.Web.Studio;

/// <summary>A set-up that comes from elsewhere: a WAV file, a preset, a preset for another SAE.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Settings">Everything that decides how it sounds; folders are names, for people.</param>
/// <param name="FrameRate">Frames a second, Hz.</param>
/// <param name="ModelHash">SHA-256 of the model's weights; null: not said.</param>
/// <param name="SaeHash">SHA-256 of the SAE's weights; null: nothing is steered.</param>
public sealed record SetUp(string Name, TakeSettings Settings, double FrameRate, string? ModelHash, string? SaeHash)
{
    /// <summary>The set-up that a WAV file carries.</summary>
    public static SetUp Of(TakeSheet sheet) => new(sheet.Name, sheet.Take.Settings, sheet.Take.FrameRate, sheet.Take.ModelHash, sheet.Take.SaeHash);

    /// <summary>The set-up of a preset.</summary>
    public static SetUp Of(SteeringPreset preset) =>
        new(preset.Name, PresetSettings.ToTake(preset, preset.Model.Name, preset.Sae.Name), preset.Model.FrameRate, preset.Model.WeightsHash, preset.Sae.WeightsHash);

    /// <summary>What of it is not here, and what the Studio cannot set: a sentence each. Empty: all of it is restored.</summary>
    public IReadOnlyList<string> Missing(ICatalog catalog)
    {
        var lines = new List<string>();
        if (ModelHash is { } model && catalog.ModelByHash(model) is null)
            lines.Add($"The model “{Settings.ModelPath}” ({model[..12]}…) is not here: another model makes other music. Put its folder into models/ of the data folder and rescan on the Data page.");
        if (Settings.Steers.Count > 0 && SaeOf(catalog) is null)
            lines.Add($"The SAE “{Settings.SaePath}”{(SaeHash is { } sae ? $" ({sae[..12]}…)" : "")} is not here: the rack stays as it was. Put its folder into saes/ of the data folder and rescan on the Data page.");
        var rack = Rack.From(Own, _ => null);
        string?[] unset =
        [
            Own.Count < Settings.Steers.Count ? "features of several SAEs" : null,
            Own.Any(steer => steer.Envelope is not null || steer.Onset > 0) ? "envelopes" : null,
            Own.Any(steer => steer.Condition is not null) ? "conditions" : null,
            Settings.Moves is { Count: > 0 } ? "recorded knob moves" : null,
            Settings.TopP < 1 ? "top-p" : null,
            Settings.Greedy ? "greedy decoding" : null,
            Settings.Piece != 0 ? "the number in its batch" : null,
            rack.Select(strip => (strip.Feature, strip.Strength, strip.Mode)).SequenceEqual(Own.Select(steer => (steer.Feature, steer.Strength, steer.Mode))) ? null : "a steering beyond its faders",
        ];
        if (unset.OfType<string>().ToArray() is { Length: > 0 } left) lines.Add($"The Studio cannot set {string.Join(", ", left)}.");
        return lines;
    }

    /// <summary>The draft with everything of it that is here, its seed locked.</summary>
    public StudioDraft On(StudioDraft draft, ICatalog catalog)
    {
        var sae = SaeOf(catalog);
        return draft with
        {
            Prompt = Settings.Prompt ?? "",
            Seconds = FrameRate > 0 ? Math.Round(Settings.Frames / FrameRate, 2) : draft.Seconds,
            Seed = Settings.Seed,
            SeedLocked = true,
            Guidance = Settings.Guidance,
            Temperature = Settings.Temperature,
            TopK = Settings.TopK,
            Rows = Settings.Rows,
            Sae = sae?.Id ?? draft.Sae,
            Rack = sae is null && Settings.Steers.Count > 0 ? draft.Rack : Rack.From(Own, _ => null),
        };
    }

    /// <summary>The steers of the set-up's own SAE, which the rack can hold.</summary>
    private IReadOnlyList<TakeSteer> Own => [.. Settings.Steers.Where(steer => steer.SaePath is null || steer.SaePath == Settings.SaePath || steer.SaePath == SaeHash)];

    private CatalogSae? SaeOf(ICatalog catalog) => SaeHash is { } hash ? catalog.SaeByHash(hash) : null;
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
