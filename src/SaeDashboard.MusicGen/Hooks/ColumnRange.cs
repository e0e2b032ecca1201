namespace SaeDashboard.MusicGen.Hooks;

/// <summary>Columns of a whole piece, counted from its BOS (0).</summary>
/// <param name="First">The first one.</param>
/// <param name="End">The one after the last.</param>
public readonly record struct ColumnRange(int First, int End)
{
    /// <summary>Every column.</summary>
    public static ColumnRange All => new(0, int.MaxValue);
}
