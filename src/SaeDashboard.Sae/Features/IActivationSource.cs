namespace SaeDashboard.Sae.Features;

/// <summary>Clips' residual streams, one clip after the other: read from a store, or made by the model on the way.</summary>
public interface IActivationSource
{
    /// <summary>Width d of the residual stream.</summary>
    int Width { get; }

    /// <summary>How many clips <see cref="Clips"/> gives, when that is known: progress only.</summary>
    int? ClipCount => null;

    /// <summary>The clips in a fixed order, each once. May be enumerated again. Whoever receives a clip disposes it.</summary>
    IEnumerable<ClipActivations> Clips();
}
