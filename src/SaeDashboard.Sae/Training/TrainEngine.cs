namespace SaeDashboard.Sae.Training;

/// <summary>What computes a training step.</summary>
public enum TrainEngine
{
    /// <summary>By hand over the active latents alone, and fast: TopK, BatchTopK, Matryoshka, JumpReLU.</summary>
    Sparse,

    /// <summary>Dense, by automatic differentiation: every architecture; what the other is held against.</summary>
    Autograd,
}
