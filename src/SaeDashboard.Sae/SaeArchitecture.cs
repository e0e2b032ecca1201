namespace SaeDashboard.Sae;

/// <summary>How an SAE chooses which latents are active. Formulas: see <see cref="SparseAutoencoder.Encode"/>.</summary>
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
}
