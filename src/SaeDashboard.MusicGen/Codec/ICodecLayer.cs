using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Codec;

/// <summary>One layer of the codec's encoder or decoder; it holds its weights and nothing of a call.</summary>
internal interface ICodecLayer : IDisposable
{
    /// <param name="input">[1, channels, length], float32; left as it is.</param>
    /// <returns>[1, channels', length'], in the caller's dispose scope.</returns>
    Tensor Forward(Tensor input);
}
