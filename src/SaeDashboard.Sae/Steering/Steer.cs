using SaeDashboard.Core;

namespace SaeDashboard.Sae.Steering;

/// <summary>One steered feature.</summary>
/// <param name="Feature">The latent's index j.</param>
/// <param name="Strength">α, in multiples of the feature's p99 (a factor in <see cref="SteerMode.Scale"/>).</param>
/// <param name="Mode">How the latent is changed.</param>
/// <param name="Columns">The columns; all by default.</param>
public sealed record Steer(int Feature, double Strength, SteerMode Mode = SteerMode.Add, SteerRange Columns = default);

/// <summary>
/// How a steer changes its latent f_j, given the strength α and p99, the 99th percentile of the feature's positive activations.
/// </summary>
public enum SteerMode
{
    /// <summary>Adds α·p99 (no encoder needed). Strength 0 changes nothing.</summary>
    Add,

    /// <summary>Sets f_j to α·p99. Weaker than adding where the feature is already active. Strength 0 switches it off.</summary>
    Clamp,

    /// <summary>Raises f_j to α·p99 where it is lower. Strength 0 changes nothing.</summary>
    AtLeast,

    /// <summary>Multiplies f_j by α. Strength 1 changes nothing.</summary>
    Scale,

    /// <summary>Sets f_j to 0; the strength is not used.</summary>
    Ablate,
}

/// <summary>
/// The columns a steer acts on, by absolute index. Column p sounds from p / frame rate on. What the model cached at earlier columns stays
/// steered after the range ends.
/// </summary>
/// <param name="From">First column.</param>
/// <param name="To">First column after the range; null: no end.</param>
public readonly record struct SteerRange(int From, int? To = null)
{
    /// <summary>Every column.</summary>
    public static SteerRange All => default;

    /// <summary>Whether <paramref name="column"/> is in the range.</summary>
    public bool Contains(int column) => column >= From && (To is null || column < To);
}

/// <summary>
/// Which half of a guided row is steered. Guided logits are u + s·(c − u), so to first order a change of both halves has its own size, a
/// change of the conditional half is multiplied by the guidance scale s, and one of the unconditional half by 1 − s (it pushes away).
/// Without guidance there is only the conditional half: <see cref="Unconditional"/> then steers nothing.
/// </summary>
public enum SteerRows
{
    /// <summary>Both halves: a strength has the same effect at every guidance scale. The default.</summary>
    Both,

    /// <summary>The half with the prompt.</summary>
    Conditional,

    /// <summary>The half without the prompt.</summary>
    Unconditional,
}

/// <summary>Extensions of <see cref="SteerRows"/>.</summary>
public static class SteerRowsExtensions
{
    /// <summary>Refuses a choice that steers nothing.</summary>
    /// <param name="rows">The choice.</param>
    /// <param name="guided">Whether there are two halves: a prompt, and a guidance above 1.</param>
    /// <exception cref="UserException">The half that is to be steered is not computed.</exception>
    public static void RequireSteered(this SteerRows rows, bool guided)
    {
        if (rows == SteerRows.Unconditional && !guided)
        {
            throw new UserException("Nothing would be steered: the unconditional half is computed only with a prompt and a guidance above 1. " +
                "Raise the guidance, or steer both halves.");
        }
    }

    /// <summary>Whether a pass of the conditional or the unconditional half is steered.</summary>
    /// <param name="rows">The choice.</param>
    /// <param name="conditional">Whether the pass is that of the conditional half.</param>
    /// <param name="guided">Whether there are two halves (guidance above 1).</param>
    public static bool Steers(this SteerRows rows, bool conditional, bool guided) => rows switch
    {
        SteerRows.Both => true,
        SteerRows.Conditional => conditional || !guided,
        SteerRows.Unconditional => guided && !conditional,
        _ => throw new ArgumentOutOfRangeException(nameof(rows), rows, "Unknown value."),
    };
}
