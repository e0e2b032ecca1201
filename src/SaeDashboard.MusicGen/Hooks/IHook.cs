using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Hooks;

/// <summary>Reads, and may edit, what the decoder computes at one point for one row while it is generated.</summary>
public interface IHook
{
    HookSite Site { get; }

    /// <summary>Columns of the whole piece for which it is called; columns outside are not shown. Asked for at every step, so it may
    /// move.</summary>
    ColumnRange Columns => ColumnRange.All;

    /// <summary>The half of the guidance for which it is called; null: both.</summary>
    GuidanceHalf? Half => null;

    /// <summary>
    /// Called for every column of the row's halves, in order: the columns of a prompt's codes at once, then one column a call. A piece
    /// of several windows computes the columns that a window takes over from the one before again: they are shown again, at once and
    /// with the same numbers, when the window begins. So does a run whose head is taken back, from the column it goes back to. What a
    /// hook does should hang on the column's number, never on a count of calls.
    /// </summary>
    /// <param name="context">Which columns, and whose.</param>
    /// <param name="residual"><c>[1, columns, width]</c> float32, of this row and half alone: the residual stream, or what the part
    /// adds to it. It is the model's own memory: do not write to it, nor keep it.</param>
    /// <returns>What takes its place, of the same shape (the caller disposes of it), or null to leave it. An exception ends this
    /// request and no other.</returns>
    Tensor? Apply(in HookContext context, Tensor residual);
}

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

/// <summary>Columns of a whole piece, counted from its BOS (0).</summary>
/// <param name="First">The first one.</param>
/// <param name="End">The one after the last.</param>
public readonly record struct ColumnRange(int First, int End)
{
    /// <summary>Every column.</summary>
    public static ColumnRange All => new(0, int.MaxValue);
}

/// <summary>The two passes of classifier-free guidance.</summary>
public enum GuidanceHalf
{
    /// <summary>With the prompt.</summary>
    Conditional,

    /// <summary>With the null condition.</summary>
    Unconditional,
}
