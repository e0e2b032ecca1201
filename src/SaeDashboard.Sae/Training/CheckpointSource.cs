using System.Text.Json;
using SaeDashboard.Core.Files;
using SaeDashboard.Sae.Activations;

namespace SaeDashboard.Sae.Training;

/// <summary>Which activations a run trains on: two that are equal hold the same columns in the same order.</summary>
internal sealed record CheckpointSource(ActivationSource Source, int ClipCount)
{
    public static CheckpointSource Of(ActivationStore store) => new(store.Source, store.ClipCount);

    public string Describe() => JsonSerializer.Serialize(this, JsonDefaults.Lines);
}
