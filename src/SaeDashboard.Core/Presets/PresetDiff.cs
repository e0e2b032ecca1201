using System.Globalization;

namespace SaeDashboard.Core.Presets;

/// <summary>What differs between two revisions of a preset, in words.</summary>
public static class PresetDiff
{
    /// <summary>The differences, a line each; empty: there are none.</summary>
    public static IReadOnlyList<string> Of(SteeringPreset before, SteeringPreset after)
    {
        var lines = new List<string>();
        Text("Name", before.Name, after.Name);
        Text("Description", before.Description, after.Description);
        Text("Author", before.Author, after.Author);
        Text("Licence", before.Licence, after.Licence);
        // Folders are called by their names here; which weights they hold, the hashes say.
        lines.AddRange(SettingsDiff.Of(PresetSettings.ToTake(before, "", ""), PresetSettings.ToTake(after, "", ""), feature => NameOf(after, feature) ?? NameOf(before, feature) ?? $"feature {feature}", after.Model.FrameRate));
        if (before.Model.WeightsHash != after.Model.WeightsHash) lines.Add($"Model: “{before.Model.Name}” → “{after.Model.Name}”, with other weights");
        if (before.Sae.WeightsHash != after.Sae.WeightsHash) lines.Add($"SAE: “{before.Sae.Name}” → “{after.Sae.Name}”, with other weights");
        foreach (var steer in after.Steers)
        {
            if (before.Steers.FirstOrDefault(each => each.Feature == steer.Feature) is { } was && was.Label != steer.Label) lines.Add($"Feature {steer.Feature}: called {Said(was.Label)} → {Said(steer.Label)}");
        }
        foreach (var arm in new[] { PresetArms.Baseline, PresetArms.Steered })
        {
            if (Sound(before, after, arm) is { } line) lines.Add(line);
        }
        return lines;

        void Text(string what, string? was, string? now)
        {
            if ((was ?? "") != (now ?? "")) lines.Add($"{what}: {Said(was)} → {Said(now)}");
        }
    }

    private static string Said(string? text) => string.IsNullOrEmpty(text) ? "none" : $"“{PresetFields.Shown(text)}”";

    private static string? NameOf(SteeringPreset preset, int feature) => preset.Steers.FirstOrDefault(steer => steer.Feature == feature)?.Label is { } label ? $"{label} (#{feature.ToString(CultureInfo.InvariantCulture)})" : null;

    private static string? Sound(SteeringPreset before, SteeringPreset after, string arm)
    {
        var (was, now) = (PresetFile.Codes(before, arm), PresetFile.Codes(after, arm));
        if (was.Codebooks != now.Codebooks) return $"The {arm} arm is of another codec";
        return was.FirstDifference(now) is { } frame ? string.Create(CultureInfo.InvariantCulture, $"The {arm} arm sounds different from {frame / after.Model.FrameRate:0.##} s on") : null;
    }
}
