using TorchSharp;

namespace SaeDashboard.Sae.Features;

/// <summary>One clip's residual stream at one hook.</summary>
/// <param name="Row">The clip's row in the data set.</param>
/// <param name="Split">The split that the clip belongs to.</param>
/// <param name="Columns">float32 <c>[F, width]</c>, columns 1..F (column 0, BOS, is left out): entry i is column i + 1.</param>
public sealed record ClipActivations(int Row, string Split, torch.Tensor Columns) : IDisposable
{
    /// <summary>Disposes <see cref="Columns"/>.</summary>
    public void Dispose() => Columns.Dispose();
}
