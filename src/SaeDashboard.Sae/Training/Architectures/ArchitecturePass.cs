using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training.Architectures;

/// <summary>One forward pass over a batch of B columns, recorded.</summary>
internal sealed record ArchitecturePass
{
    /// <summary>p [B, F], raw: what dead latents reconstruct with.</summary>
    public required Tensor PreActivations { get; init; }

    /// <summary>f [B, F].</summary>
    public required Tensor Latents { get; init; }

    /// <summary>e = x − x̂ [B, d].</summary>
    public required Tensor Error { get; init; }

    /// <summary>The loss [] without AuxK's.</summary>
    public required Tensor Loss { get; init; }

    /// <summary>The smallest value that a selection over the whole batch kept; null where there is no such selection.</summary>
    public double? SmallestKept { get; init; }

    /// <summary>Σ‖e‖²/B: what every architecture's loss begins with.</summary>
    public static Tensor SquaredError(Tensor error) => error.square().sum().div(error.size(0));
}
