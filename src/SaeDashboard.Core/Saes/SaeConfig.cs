namespace SaeDashboard.Core.Saes;

/// <summary>The configuration of an SAE, independent of the folder's format.</summary>
public sealed record SaeConfig
{
    public required SaeArchitecture Architecture { get; init; }

    /// <summary>Width d of the residual stream.</summary>
    public required int DIn { get; init; }

    /// <summary>Number F of latents, the dictionary's size.</summary>
    public required int DSae { get; init; }

    /// <summary>Latents kept in a column (TopK), groups (GroupMax); 0 for every other architecture.</summary>
    public int K { get; init; }

    /// <summary>Whether b_dec is subtracted from the input before it is encoded.</summary>
    public bool ApplyBDecToInput { get; init; } = true;

    public InputNormalization NormalizeActivations { get; init; }

    /// <summary>TopK only: latents are chosen and reported in units of their decoder row's norm, f = TopK(p·‖W_dec row‖).</summary>
    public bool RescaleActsByDecoderNorm { get; init; }

    public SaeMetadata Metadata { get; init; } = new();

    /// <summary>Notes for users on how the folder was read, a sentence or two each: what it leaves open and was decided as its library does.</summary>
    public IReadOnlyList<string> Notes => NormalizeActivations == InputNormalization.ExpectedAverageOnlyIn ? UnknownScale : [];

    private static readonly IReadOnlyList<string> UnknownScale =
    [
        "normalize_activations is expected_average_only_in: in training, activations were multiplied by a factor that the folder does not hold. " +
        "Final SAEs of SAELens 3 to 5 have it in their weights, checkpoints and older SAEs do not. As SAELens does, this program computes without it; " +
        "if evaluate finds a poor reconstruction, save the SAE again after SAELens's fold_activation_norm_scaling_factor.",
    ];

    /// <summary>
    /// The names and shapes of the tensors this architecture has, in ordinal order of the names (the order in which <see
    /// cref="SaeContents.WeightsHash"/> reads them).
    /// </summary>
    public IReadOnlyList<(string Name, long[] Shape)> TensorShapes()
    {
        long[] latents = [DSae];
        List<(string Name, long[] Shape)> shapes = [("W_dec", [DSae, DIn]), ("W_enc", [DIn, DSae]), ("b_dec", [DIn])];
        switch (Architecture)
        {
            case SaeArchitecture.Standard or SaeArchitecture.TopK or SaeArchitecture.GroupMax:
                shapes.Add(("b_enc", latents));
                break;
            case SaeArchitecture.JumpRelu:
                shapes.AddRange([("b_enc", latents), ("threshold", latents)]);
                break;
            case SaeArchitecture.Gated:
                shapes.AddRange([("b_gate", latents), ("b_mag", latents), ("r_mag", latents)]);
                break;
            default:
                throw new InvalidOperationException($"Architecture {Architecture} has no tensors.");
        }
        return shapes;
    }
}

/// <summary>How an SAE selects its active latents; p = h·W_enc + b_enc, h the input, minus b_dec if the configuration says so.</summary>
public enum SaeArchitecture
{
    /// <summary>f = ReLU(p).</summary>
    Standard,

    /// <summary>The k largest pre-activations of a column, then ReLU.</summary>
    TopK,

    /// <summary>f = ReLU(p) where p exceeds the latent's threshold. BatchTopK and Matryoshka SAEs are published in this form.</summary>
    JumpRelu,

    /// <summary>A gate decides which latents are active, a second path with shared directions gives their values.</summary>
    Gated,

    /// <summary>The largest pre-activation of each of k groups of consecutive latents, then ReLU (sparsify's groupmax).</summary>
    GroupMax,
}

/// <summary>The architectures' names: SAELens's where it has one.</summary>
public static class SaeArchitectures
{
    /// <summary>"topk", "standard", "jumprelu", "gated" or "groupmax".</summary>
    public static string Name(this SaeArchitecture architecture) => architecture.ToString().ToLowerInvariant();

    /// <summary>Whether a column has a fixed number k of latents that may be active.</summary>
    public static bool HasK(this SaeArchitecture architecture) => architecture is SaeArchitecture.TopK or SaeArchitecture.GroupMax;
}

/// <summary>
/// The normalisation of each input column before encoding, undone on the reconstruction (SAELens's <c>normalize_activations</c>).
/// </summary>
public enum InputNormalization
{
    None,

    /// <summary>
    /// A factor that SAELens folds into the weights after training: nothing is done at inference. The folder does not say whether it was
    /// folded; <see cref="SaeConfig.Notes"/> mentions that.
    /// </summary>
    ExpectedAverageOnlyIn,

    /// <summary>x → (x − mean) / (std + 1e-5), std with n − 1; x̂ → x̂·std + mean.</summary>
    LayerNorm,

    /// <summary>x → x·√d/‖x‖; x̂ → x̂·‖x‖/√d.</summary>
    ConstantNormRescale,
}
