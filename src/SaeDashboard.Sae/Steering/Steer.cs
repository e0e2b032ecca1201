using SaeDashboard.Core;

namespace SaeDashboard.Sae.Steering;

/// <summary>One steered feature.</summary>
/// <param name="Feature">The latent's index j.</param>
/// <param name="Strength">α, in multiples of the feature's p99 (a factor in <see cref="SteerMode.Scale"/>).</param>
/// <param name="Mode">How the latent is changed.</param>
/// <param name="Columns">The columns; all by default.</param>
public sealed record Steer(int Feature, double Strength, SteerMode Mode = SteerMode.Add, SteerRange Columns = default);

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
