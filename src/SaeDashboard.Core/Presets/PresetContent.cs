using System.Text.Json;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Core.Presets;

/// <summary>What of a preset determines its sound, named by a hash that is the same on every machine.</summary>
public static class PresetContent
{
    /// <summary>
    /// SHA-256 (lower-case hexadecimal) of the preset's JSON on one line, with its settings, hashes and codes alone: without name, description, author,
    /// licence, parent, names of folders, labels and directions. So the same sound has the same hash, whatever people call it.
    /// </summary>
    public static string Hash(SteeringPreset preset)
    {
        var bare = preset with
        {
            SchemaVersion = 0,
            Name = "",
            Description = "",
            Author = null,
            Licence = null,
            Parent = null,
            Sae = preset.Sae with { Name = "" },
            Saes = preset.Saes is { Count: > 0 } saes ? [.. saes.Select(sae => sae with { Name = "" })] : null,
            Model = preset.Model with { Name = "" },
            Continue = Bare(preset.Continue),
            Melody = Bare(preset.Melody),
            Steers = [.. preset.Steers.Select(steer => steer with { Label = null, Direction = null })],
            Arms = preset.Arms.OrderBy(arm => arm.Key, StringComparer.Ordinal).ToDictionary(arm => arm.Key, arm => PresetFile.Pack(PresetFile.Codes(preset, arm.Key))),
        };
        return Hashing.Sha256(JsonSerializer.SerializeToUtf8Bytes(bare, JsonDefaults.Lines));
    }

    // What the model was given decides; where it was taken from does not. Its hash says the same once more, and may be left out.
    private static TakeSound? Bare(TakeSound? sound) => sound is null ? null : sound with { Source = "", Name = null, Start = 0, Seconds = 0, Hash = null };
}
