using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Hooks;

/// <summary>Reads, and may edit, what the decoder computes at one point for one row while it is generated.</summary>
public interface IHook
{
    HookSite Site { get; }

    /// <summary>Columns of the whole piece for which it is called. Read at every step, so it may
    /// change.</summary>
    ColumnRange Columns => ColumnRange.All;

    /// <summary>The half of the guidance for which it is called; null: both.</summary>
    GuidanceHalf? Half => null;

    /// <summary>
    /// Called for every column of the row's halves, in order: the columns of continued codes at once, then one column per call. In a piece
    /// of several windows, the columns that a window shares with the previous one are recomputed: the hook is called for them again, at
    /// once and with the same column numbers, when the window begins. A rewound run calls it again from the column it returns to. A hook
    /// should depend on the column's number, never on a count of calls.
    /// </summary>
    /// <param name="context">The columns, half and row.</param>
    /// <param name="residual"><c>[1, columns, width]</c> float32, of this row and half: the residual stream, or what the part
    /// adds to it. It is the model's own memory: do not write to it or keep it.</param>
    /// <returns>The replacement, of the same shape (the caller disposes of it), or null to leave it. An exception ends this request
    /// only.</returns>
    Tensor? Apply(in HookContext context, Tensor residual);
}

/// <summary>What a hook is called with.</summary>
/// <param name="FirstColumn">Column of the first vector, counted over the whole piece: 0 is its BOS, independent of the window.</param>
/// <param name="ColumnCount">Columns in this call.</param>
/// <param name="Half">The half of the guidance. A row without guidance (guidance ≤ 1, or the null condition) has the conditional half
/// only.</param>
/// <param name="Row">The row's index in the request.</param>
public readonly record struct HookContext(int FirstColumn, int ColumnCount, GuidanceHalf Half, int Row)
{
    /// <summary>The first column of the current window, where the model is given BOS again, at position 0. 0 in a piece of one
    /// window.</summary>
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
