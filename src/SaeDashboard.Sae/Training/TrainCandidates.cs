using System.Text.Json.Serialization;

namespace SaeDashboard.Sae.Training;

/// <summary>How the sparse engine finds the latents that may be active.</summary>
public enum TrainCandidates
{
    /// <summary>By the product in float32: exact.</summary>
    [JsonStringEnumMemberName("float32")]
    Float32,

    /// <summary>
    /// By the product in bfloat16; what it chooses, more than is needed, is computed again in float32. Meant for processors that
    /// multiply bfloat16, correct everywhere. Fewer than one latent in a thousand is missed (held by a test), and its neighbour taken.
    /// </summary>
    [JsonStringEnumMemberName("bfloat16")]
    BFloat16,
}
