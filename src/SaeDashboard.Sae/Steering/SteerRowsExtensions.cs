namespace SaeDashboard.Sae.Steering;

/// <summary>Questions about <see cref="SteerRows"/>.</summary>
public static class SteerRowsExtensions
{
    /// <summary>Whether a pass of the conditional or the unconditional half is steered.</summary>
    /// <param name="rows">The choice.</param>
    /// <param name="conditional">Whether the pass is the conditional half's.</param>
    /// <param name="guided">Whether there are two halves at all (guidance above 1).</param>
    public static bool Steers(this SteerRows rows, bool conditional, bool guided) => !guided || rows switch
    {
        SteerRows.Both => true,
        SteerRows.Conditional => conditional,
        SteerRows.Unconditional => !conditional,
        _ => throw new ArgumentOutOfRangeException(nameof(rows), rows, "Not a choice of rows."),
    };
}
