using SaeDashboard.Core.Data;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Core.Presets;

/// <summary>Reads and writes presets. They come from strangers: everything a player relies on is checked on the way in.</summary>
public static class PresetFile
{
    /// <summary>The newest layout this program knows.</summary>
    public const int SchemaVersion = 1;

    /// <summary>Reads one preset. Throws <see cref="UserException"/> that names the file and the fault.</summary>
    public static SteeringPreset Read(string path)
    {
        var preset = JsonFile.Read<SteeringPreset>(path);
        if (preset.SchemaVersion is < 1 or > SchemaVersion)
            throw new UserException($"{path}: the preset has layout {preset.SchemaVersion}, this program knows up to {SchemaVersion}. Update the program.");
        if (string.IsNullOrWhiteSpace(preset.Name)) throw new UserException($"{path}: the preset has no name.");
        if (preset.Frames is < 1 or > 1_000_000) throw new UserException($"{path}: frames is {preset.Frames}; a preset holds 1 to 1,000,000.");
        if (preset.Steers.Any(steer => !double.IsFinite(steer.Strength) || !double.IsFinite(steer.P99) || steer.Feature < 0))
            throw new UserException($"{path}: a steer has a negative feature, or a strength or p99 that is not a number.");
        foreach (var arm in preset.Arms.Keys) Codes(preset, arm, path);
        return preset;
    }

    /// <summary>Writes one preset, whole or not at all.</summary>
    public static void Write(string path, SteeringPreset preset) => AtomicFile.WriteJson(path, preset);

    /// <summary>The codes of one arm. Throws <see cref="UserException"/> when the preset lacks it or its size is wrong.</summary>
    public static CodeGrid Codes(SteeringPreset preset, string arm, string? path = null)
    {
        var where = path ?? $"preset “{preset.Name}”";
        if (!preset.Arms.TryGetValue(arm, out var codes))
            throw new UserException($"{where} has no arm “{arm}”; it has {string.Join(", ", preset.Arms.Keys)}.");
        var grid = CodeGrid.FromBase64(codes.Base64, codes.Codebooks);
        if (grid.Frames != codes.Frames || grid.Frames != preset.Frames)
            throw new UserException($"{where}: the codes of “{arm}” hold {grid.Frames} frames, the preset says {preset.Frames}.");
        return grid;
    }

    /// <summary>An arm's codes as a preset keeps them.</summary>
    public static PresetCodes Pack(CodeGrid codes) => new(codes.Codebooks, codes.Frames, codes.ToBase64());
}
