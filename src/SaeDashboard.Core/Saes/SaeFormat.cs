namespace SaeDashboard.Core.Saes;

/// <summary>Whose layout an SAE folder has.</summary>
public enum SaeFormat
{
    /// <summary><c>cfg.json</c>, <c>sae_weights.safetensors</c>: written in the layout of version 6, read also in that of version 5.</summary>
    SaeLens,

    /// <summary><c>cfg.json</c>, <c>sae.safetensors</c>.</summary>
    Sparsify,

    /// <summary><c>config.json</c>, <c>ae.pt</c>.</summary>
    DictionaryLearning,
}
