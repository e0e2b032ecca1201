using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.Core.Presets;
using SaeDashboard.Web.Presets;

namespace SaeDashboard.Web.Studio;

/// <summary>What differs between two takes, in words: their settings, what they were made with, and from when on they sound different.</summary>
public sealed class TakeComparison(TakeService takes, SteerViews views)
{
    /// <summary>The differences, a line each; empty: there are none. Reads the codes of both, away from the page's thread.</summary>
    public Task<IReadOnlyList<string>> OfAsync(TakeView a, TakeView b) => Task.Run<IReadOnlyList<string>>(() => Of(a, b));

    /// <summary>Takes that every word of a search is in: their names, prompts, seeds and the labels of their features.</summary>
    public IReadOnlyList<TakeView> Search(IReadOnlyList<TakeView> all, string? words, bool starred)
    {
        var wanted = (words ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return wanted.Length == 0 && !starred ? all : [.. all.Where(take => (!starred || take.Starred) && Matches(take, wanted))];
    }

    private bool Matches(TakeView take, string[] words)
    {
        if (words.Length == 0) return true;
        var settings = take.Manifest.Settings;
        var names = Names(take);
        var text = string.Join('\n', settings.Steers.Select(steer => $"{names.GetValueOrDefault(steer.Feature)} #{steer.Feature.ToString(CultureInfo.InvariantCulture)}")
            .Append(take.Name).Append(settings.Prompt).Append(settings.Seed.ToString(CultureInfo.InvariantCulture)));
        return words.All(word => text.Contains(word, StringComparison.OrdinalIgnoreCase));
    }

    private List<string> Of(TakeView a, TakeView b)
    {
        var (first, second) = (Names(a), Names(b));
        var lines = SettingsDiff.Of(a.Manifest.Settings, b.Manifest.Settings, feature => (second.GetValueOrDefault(feature) ?? first.GetValueOrDefault(feature)) is { } name
            ? string.Create(CultureInfo.InvariantCulture, $"{name} (#{feature})") : string.Create(CultureInfo.InvariantCulture, $"feature {feature}"), b.Manifest.FrameRate).ToList();
        if (Differ(a.Manifest.ModelHash, b.Manifest.ModelHash)) lines.Add("Model: other weights");
        if (Differ(a.Manifest.SaeHash, b.Manifest.SaeHash)) lines.Add("SAE: other weights");
        foreach (var arm in a.Arms.Intersect(b.Arms))
        {
            if (Sound(a, b, arm) is { } line) lines.Add(line);
        }
        return lines;
    }

    private string? Sound(TakeView a, TakeView b, string arm)
    {
        try
        {
            if (takes.FolderOf(a.Id).ReadCodes(arm) is not { } was || takes.FolderOf(b.Id).ReadCodes(arm) is not { } now) return null;
            var word = $"Arm {arm} ({TakeArms.Word(arm)})";
            if (was.Codebooks != now.Codebooks) return $"{word} is of another codec";
            return was.FirstDifference(now) is { } frame ? string.Create(CultureInfo.InvariantCulture, $"{word} sounds different from {frame / Math.Max(1, b.Manifest.FrameRate):0.##} s on") : $"{word} sounds the same";
        }
        catch (UserException)
        {
            // Damaged codes: what the settings say is still worth reading.
            return null;
        }
    }

    /// <summary>What the steered features are called, as the take's own page names them: by people, or by the words that their strongest clips share.</summary>
    private Dictionary<int, string> Names(TakeView take)
    {
        var names = new Dictionary<int, string>();
        foreach (var steers in take.Manifest.Settings.Steers.GroupBy(steer => Hash(take.Manifest, steer.SaePath)))
        {
            if (steers.Key is not { } hash) continue;
            foreach (var steer in views.Of(hash, [.. steers.Select(steer => new PresetSteer(steer.Feature, steer.Strength, steer.Mode, steer.P99))]))
                if (steer.Name is { } name) names.TryAdd(steer.Feature, name);
        }
        return names;
    }

    private static string? Hash(TakeManifest take, string? folder) =>
        folder is null || folder == take.Settings.SaePath ? take.SaeHash : take.Saes?.FirstOrDefault(sae => sae.Path == folder)?.WeightsHash;

    private static bool Differ(string? a, string? b) => a is not null && b is not null && a != b;
}
