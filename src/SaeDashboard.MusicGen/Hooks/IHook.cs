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
