namespace SaeDashboard.Sae.Steering;

/// <summary>
/// Which guidance half of a row is steered. Guided logits are u + s·(c − u), so to first order an effect on both halves comes out as it is,
/// one on the conditional half is multiplied by the guidance scale s, one on the unconditional half by 1 − s (it pushes away).
/// Without guidance there is only the conditional half: <see cref="Unconditional"/> then steers nothing.
/// </summary>
public enum SteerRows
{
    /// <summary>Both halves: a strength means the same at every guidance scale. The default.</summary>
    Both,

    /// <summary>The half that hears the prompt.</summary>
    Conditional,

    /// <summary>The half that does not.</summary>
    Unconditional,
}
