namespace SaeDashboard.MusicGen.Hooks;

/// <summary>What a hook is shown.</summary>
/// <param name="FirstColumn">Column of the first vector, counted over the whole piece: 0 is its BOS, whatever window is computed.</param>
/// <param name="ColumnCount">Columns in this call.</param>
/// <param name="Half">Which half of the guidance. A row without one (guidance ≤ 1, or the null condition) has the conditional half
/// only.</param>
/// <param name="Row">The row's place among the rows of the request.</param>
public readonly record struct HookContext(int FirstColumn, int ColumnCount, GuidanceHalf Half, int Row)
{
    /// <summary>The column at which the window begins that is computed: there the model is given BOS again, at position 0. 0 in a
    /// piece of one window.</summary>
    public int WindowStart { get; init; }
}
