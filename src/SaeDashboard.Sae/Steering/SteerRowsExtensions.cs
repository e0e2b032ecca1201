using SaeDashboard.Core;

namespace SaeDashboard.Sae.Steering;

/// <summary>Questions about <see cref="SteerRows"/>.</summary>
public static class SteerRowsExtensions
{
    /// <summary>Refuses a choice that steers nothing.</summary>
    /// <param name="rows">The choice.</param>
    /// <param name="guided">Whether there are two halves: a prompt, and a guidance above 1.</param>
    /// <exception cref="UserException">The half that is to be steered is not computed.</exception>
    public static void RequireSteered(this SteerRows rows, bool guided)
    {
        if (rows == SteerRows.Unconditional && !guided)
            throw new UserException("Nothing would be steered: the unconditional half is computed only with a prompt and a guidance above 1. Raise the guidance, or steer both halves.");
    }

    /// <summary>Whether a pass of the conditional or the unconditional half is steered.</summary>
    /// <param name="rows">The choice.</param>
    /// <param name="conditional">Whether the pass is the conditional half's.</param>
    /// <param name="guided">Whether there are two halves at all (guidance above 1).</param>
    public static bool Steers(this SteerRows rows, bool conditional, bool guided) => rows switch
    {
        SteerRows.Both => true,
        SteerRows.Conditional => conditional || !guided,
        SteerRows.Unconditional => guided && !conditional,
        _ => throw new ArgumentOutOfRangeException(nameof(rows), rows, "Not a choice of rows."),
    };
}
