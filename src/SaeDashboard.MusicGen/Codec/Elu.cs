using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace SaeDashboard.MusicGen.Codec;

/// <summary>The codec's only non-linearity besides the LSTM's: x for x &gt; 0, else eˣ − 1.</summary>
internal sealed class Elu : ICodecLayer
{
    public Tensor Forward(Tensor input) => elu(input, 1.0);

    public void Dispose() { }
}
