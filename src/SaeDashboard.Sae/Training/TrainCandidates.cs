using System.Text.Json.Serialization;

namespace SaeDashboard.Sae.Training;

/// <summary>How the sparse engine finds the latents that may be active.</summary>
public enum TrainCandidates
{
    /// <summary>By the product in float32: exact.</summary>
    [JsonStringEnumMemberName("float32")]
    Float32,

    /// <summary>
    /// By the product in bfloat16; what it chooses, more than is needed, is computed again in float32. Faster where the processor multiplies
    /// bfloat16, correct everywhere. Once in some ten thousand times a latent at the edge is missed, and its neighbour taken.
    /// </summary>
    [JsonStringEnumMemberName("bfloat16")]
    BFloat16,
}
