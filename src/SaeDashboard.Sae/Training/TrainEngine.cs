namespace SaeDashboard.Sae.Training;

/// <summary>What computes a training step.</summary>
public enum TrainEngine
{
    /// <summary>Gradients written by hand over the active latents alone: TopK only, and fast.</summary>
    Sparse,

    /// <summary>Dense, by automatic differentiation: every architecture; what the other is held against.</summary>
    Autograd,
}
