using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Codec;

/// <summary>The codec's only non-linearity besides the LSTM's: x for x &gt; 0, else eˣ − 1.</summary>
internal sealed class Elu : ICodecLayer
{
    public Tensor Forward(Tensor input) => input.Elu();

    public void Dispose() { }
}
