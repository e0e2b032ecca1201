using SaeDashboard.Core;
using SaeDashboard.Sae.Steering;

namespace SaeDashboard.Worker.Steering;

/// <summary>A preset's words (mode, rows) and the engine's enumerations, both ways.</summary>
internal static class PresetSteering
{
    public static string Word<T>(T value) where T : struct, Enum
    {
        var name = value.ToString();
        return char.ToLowerInvariant(name[0]) + name[1..];
    }

    public static SteerMode Mode(PresetSteer steer, string path) => Parse<SteerMode>(steer.Mode, path, "mode");

    public static SteerRows Rows(SteeringPreset preset, string path) => Parse<SteerRows>(preset.Rows, path, "rows");

    public static T Parse<T>(string word, string path, string field) where T : struct, Enum
    {
        foreach (var value in Enum.GetValues<T>())
        {
            if (Word(value) == word) return value;
        }
        throw new UserException($"{path}: {field} is “{word}”; this program knows {string.Join(", ", Enum.GetValues<T>().Select(Word))}.");
    }
}
