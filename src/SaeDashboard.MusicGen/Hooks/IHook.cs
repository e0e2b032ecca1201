using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Hooks;

/// <summary>Reads, and may edit, the residual stream of one row while it is generated.</summary>
public interface IHook
{
    HookSite Site { get; }

    /// <summary>
    /// Called for every column of the row's halves, in order: the columns of a prompt's codes at once, then one column a call.
    /// </summary>
    /// <param name="context">Which columns, and whose.</param>
    /// <param name="residual"><c>[1, columns, width]</c> float32, of this row and half alone. It is the model's own memory: do not
    /// write to it, nor keep it.</param>
    /// <returns>What takes its place, of the same shape (the caller disposes of it), or null to leave it. An exception ends the
    /// generation.</returns>
    Tensor? Apply(in HookContext context, Tensor residual);
}
