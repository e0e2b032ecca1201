using System.Text.Json.Serialization;

namespace SaeDashboard.Core.Presets;

/// <summary>
/// A steering that can be shared: what was asked, which features were turned, and the codes both arms gave, so that it
/// sounds the same on another machine before anything is generated there. Stored as one JSON file.
/// </summary>
public sealed record SteeringPreset
{
    /// <summary>Version of the layout; a reader refuses a newer one. Written as the oldest that knows every field it has.</summary>
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

    /// <summary>Always the likeliest code: temperature, topK and topP then do nothing. Since layout 2.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Greedy { get; init; }

    /// <summary>Of a piece longer than the model's longest window: frames of a window. Null: the longest, which is what every preset of layout
    /// 1 was made with. Since layout 2.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int? Window { get; init; }

    /// <summary>Of such a piece: frames from one window's beginning to the next one's. Null: 0.6 of the window, as in layout 1. Since layout
    /// 2.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int? Stride { get; init; }

    /// <summary>The piece's number in the batch that it was made in: other noise from the same seed. Since layout 2.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Piece { get; init; }

    public required PresetSae Sae { get; init; }

    public required IReadOnlyList<PresetSteer> Steers { get; init; }

    /// <summary>Which half of the guidance pair is steered: both, conditional or unconditional.</summary>
    public string Rows { get; init; } = "both";

    public required PresetModel Model { get; init; }

    /// <summary>The codes of each arm: <c>baseline</c> and <c>steered</c>.</summary>
    public required IReadOnlyDictionary<string, PresetCodes> Arms { get; init; }
}
