using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Codec;

/// <summary>One layer of the codec's encoder or decoder; it holds its weights and nothing of a call.</summary>
internal interface ICodecLayer : IDisposable
{
    /// <param name="input">[1, channels, length], float32; left as it is.</param>
    /// <returns>[1, channels', length'], in the caller's dispose scope.</returns>
    Tensor Forward(Tensor input);

    /// <summary>The stretch of the input that the outputs <paramref name="first"/> … <paramref name="last"/> are made from; it may reach
    /// past the signal's ends, where padding stands. A layer with a memory (LSTM) names only what stands at the same place.</summary>
    (long First, long Last) Needs(long first, long last) => (first, last);
}
