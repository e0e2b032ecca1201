namespace SaeDashboard.Core.Saes;

/// <summary>
/// What an SAE does to each input column before it is encoded, and undoes on the reconstruction (SAELens's <c>normalize_activations</c>).
/// </summary>
public enum InputNormalization
{
    None,

    /// <summary>
    /// A factor that SAELens folds into the weights after training: nothing is done at inference. Whether it was folded is not in the folder:
    /// <see cref="SaeConfig.Notes"/> says so.
    /// </summary>
    ExpectedAverageOnlyIn,

    /// <summary>x → (x − mean) / (std + 1e-5), std with n − 1; x̂ → x̂·std + mean.</summary>
    LayerNorm,

    /// <summary>x → x·√d/‖x‖; x̂ → x̂·‖x‖/√d.</summary>
    ConstantNormRescale,
}
