using System.Text.Json;
using System.Text.Json.Serialization;
using SaeDashboard.Sae.Activations;

namespace SaeDashboard.Sae.Training;

/// <summary>Which activations a run trains on: two that are equal hold the same columns in the same order.</summary>
/// <param name="Source">What they are.</param>
/// <param name="ClipCount">Of how many clips.</param>
/// <param name="ClipsAtOnce">Where a model computes them, clips at a time: they come in another order than from a disk; 0: from a disk.</param>
internal sealed record CheckpointSource(
    ActivationSource Source, int ClipCount, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] int ClipsAtOnce = 0)
{
    public static CheckpointSource Of(IColumnSource source, int layer) => new(source.Layers[layer], source.Clips.Count, source.ClipsAtOnce);

    public string Describe() => JsonSerializer.Serialize(this, JsonDefaults.Lines);
}
