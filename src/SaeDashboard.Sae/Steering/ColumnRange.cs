namespace SaeDashboard.Sae.Steering;

/// <summary>
/// Columns a steer acts on, by absolute index (never by call count). Column p is heard from p / frame rate on; what the model cached at
/// earlier columns stays steered after the range ends.
/// </summary>
/// <param name="From">First column.</param>
/// <param name="To">First column after the range, or null for no end.</param>
public readonly record struct ColumnRange(int From, int? To = null)
{
    /// <summary>Every column.</summary>
    public static ColumnRange All => default;

    /// <summary>Whether <paramref name="column"/> is in the range.</summary>
    public bool Contains(int column) => column >= From && (To is null || column < To);
}
