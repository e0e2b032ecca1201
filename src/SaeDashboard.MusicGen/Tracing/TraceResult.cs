using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Tracing;

/// <summary>What teacher forcing one piece showed. The tensors belong to this object.</summary>
/// <param name="Residuals">A layer asked for: the residual stream after it <c>[columns, width]</c>, column 0 (BOS) included.</param>
/// <param name="Logits"><c>[codebooks, columns, vocabulary]</c>, without guidance.</param>
/// <param name="Text">The text encoder's output <c>[tokens, d_model]</c>; null with the null condition.</param>
public sealed record TraceResult(IReadOnlyDictionary<int, Tensor> Residuals, Tensor Logits, Tensor? Text) : IDisposable
{
    public void Dispose()
    {
        foreach (var residual in Residuals.Values) residual.Dispose();
        Logits.Dispose();
        Text?.Dispose();
    }
}
