using SaeDashboard.MusicGen.Hooks;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Tracing;

/// <summary>What teacher forcing one piece showed. The tensors belong to this object.</summary>
/// <param name="Residuals">A layer asked for: the residual stream after it <c>[columns, width]</c>, column 0 (BOS) included.</param>
/// <param name="Points">A point asked for: what is computed there <c>[columns, width]</c>.</param>
/// <param name="Logits"><c>[codebooks, columns, vocabulary]</c>, without guidance.</param>
/// <param name="Text">The text encoder's output <c>[tokens, d_model]</c>; null with the null condition.</param>
public sealed record TraceResult(
    IReadOnlyDictionary<int, Tensor> Residuals, IReadOnlyDictionary<HookSite, Tensor> Points, Tensor Logits, Tensor? Text) : IDisposable
{
    public void Dispose()
    {
        foreach (var kept in Residuals.Values.Concat(Points.Values)) kept.Dispose();
        Logits.Dispose();
        Text?.Dispose();
    }
}
