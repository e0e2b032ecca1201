namespace SaeDashboard.Sae.Training;

/// <summary>What the trainer can make. How each is computed and published is in <c>Training/Architectures</c>.</summary>
public enum TrainArchitecture
{
    /// <summary>The k largest pre-activations of each column.</summary>
    TopK,

    /// <summary>The k·B largest of a batch of B columns; columns that need more latents get more.</summary>
    BatchTopK,

    /// <summary>BatchTopK whose first latents must also reconstruct alone: general features come first.</summary>
    Matryoshka,

    /// <summary>A threshold per latent, learned with a penalty that aims at k active latents.</summary>
    JumpRelu,

    /// <summary>One path decides which latents are active, another how much.</summary>
    Gated,

    /// <summary>ReLU with an L1 penalty.</summary>
    Relu,
}
