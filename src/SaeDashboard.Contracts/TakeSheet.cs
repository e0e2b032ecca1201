using System.Text.Json.Serialization;

namespace SaeDashboard.Contracts;

/// <summary>
/// What a downloaded WAV file of a take carries in a chunk of its own: everything that decides how it sounds, and the codes as far as they fit. It names
/// models and SAEs by hash and by their folders' names, never by a path of the machine it was made on.
/// </summary>
public sealed record TakeSheet
{
    /// <summary>Version of the layout; a reader refuses a newer one.</summary>
    public int SchemaVersion { get; init; } = 1;

    /// <summary>What the take is called.</summary>
    public required string Name { get; init; }

    /// <summary>The arm that the file holds, of <see cref="TakeArms"/>.</summary>
    public required string Arm { get; init; }

    /// <summary>Who made it; null: not said.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Author { get; init; }

    /// <summary>One of <see cref="PresetLicences"/>; null: none is given.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Licence { get; init; }

    /// <summary>The take with its settings, the resolved seed, the hashes and the rates. Paths are replaced by the folders' names.</summary>
    public required TakeManifest Take { get; init; }

    /// <summary>What the steered features were called; those without a label are left out.</summary>
    public IReadOnlyList<TakeSheetLabel> Labels { get; init; } = [];

    /// <summary>The codes of the take's arms, as far as they fit.</summary>
    public IReadOnlyDictionary<string, PresetCodes> Codes { get; init; } = new Dictionary<string, PresetCodes>();
}

/// <summary>What a feature of a take was called.</summary>
/// <param name="Feature">Its index in the dictionary.</param>
/// <param name="Text">Its label, in one line.</param>
public sealed record TakeSheetLabel(int Feature, string Text);

/// <summary>What a sheet may hold.</summary>
public static class TakeSheetLimits
{
    /// <summary>The chunk's name in the RIFF file.</summary>
    public const string Chunk = "saed";

    /// <summary>Of the chunk's JSON, in bytes.</summary>
    public const int MaxBytes = 1024 * 1024;
}
