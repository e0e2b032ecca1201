namespace SaeDashboard.MusicGen.Decoding;

/// <summary>What a step's time goes to; what is none of these is the rest.</summary>
public enum StepPart
{
    /// <summary>Products of rows and weights.</summary>
    Products,

    Attention,

    Norm,

    Gelu,

    /// <summary>Drawing codes from logits, guidance included.</summary>
    Sampler,

    /// <summary>Codes' embeddings and the position.</summary>
    Embedding,

    Hooks,
}
