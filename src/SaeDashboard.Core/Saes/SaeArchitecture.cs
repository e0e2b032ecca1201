namespace SaeDashboard.Core.Saes;

/// <summary>How an SAE chooses which latents are active; p = h·W_enc + b_enc, h the input, less b_dec where the configuration says so.</summary>
public enum SaeArchitecture
{
    /// <summary>f = ReLU(p).</summary>
    Standard,

    /// <summary>The k largest pre-activations of a column, then ReLU.</summary>
    TopK,

    /// <summary>f = ReLU(p) where p exceeds the latent's threshold. BatchTopK and Matryoshka SAEs are published in this form.</summary>
    JumpRelu,

    /// <summary>A gate decides what is active, a second path with shared directions how much.</summary>
    Gated,

    /// <summary>The largest pre-activation of each of k groups of consecutive latents, then ReLU (sparsify's groupmax).</summary>
    GroupMax,
}
