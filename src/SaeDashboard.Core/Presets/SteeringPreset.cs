namespace SaeDashboard.Core.Presets;

/// <summary>
/// A steering that can be shared: what was asked, which features were turned, and the codes both arms gave, so that it
/// sounds the same on another machine before anything is generated there. Stored as one JSON file.
/// </summary>
public sealed record SteeringPreset
{
    /// <summary>Version of this layout; a reader refuses a newer one.</summary>
    public int SchemaVersion { get; init; } = 1;

    public required string Name { get; init; }

    public string Description { get; init; } = "";

    /// <summary>The prompt, or null for the null condition.</summary>
    public string? Prompt { get; init; }

    public required ulong Seed { get; init; }

    /// <summary>Length in codec frames.</summary>
    public required int Frames { get; init; }

    public required double Guidance { get; init; }

    public required double Temperature { get; init; }

    /// <summary>Tokens kept before the draw; 0 keeps all.</summary>
    public required int TopK { get; init; }

    public required double TopP { get; init; }

    public required PresetSae Sae { get; init; }

    public required IReadOnlyList<PresetSteer> Steers { get; init; }

    /// <summary>Which half of the guidance pair is steered: both, conditional or unconditional.</summary>
    public string Rows { get; init; } = "both";

    public required PresetModel Model { get; init; }

    /// <summary>The codes of each arm: <c>baseline</c> and <c>steered</c>.</summary>
    public required IReadOnlyDictionary<string, PresetCodes> Arms { get; init; }
}
