using System.Text.Json;
using System.Text.Json.Serialization;
using SaeDashboard.Storage.Tables;

namespace SaeDashboard.Storage;

/// <summary>What a list shows of a preset: read of its JSON once, without its codes.</summary>
internal sealed record PresetFacts(string? Description, string? Prompt, int Frames, IReadOnlyList<PresetSteer> Steers, PresetSae Sae, PresetModel Model)
{
    [JsonIgnore]
    public double Seconds => Model.FrameRate > 0 ? Frames / Model.FrameRate : 0;

    public static PresetFacts Of(PresetDocument preset) => JsonSerializer.Deserialize<PresetFacts>(preset.Json, JsonDefaults.Data)!;
}
