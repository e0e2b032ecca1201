using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Codec;

/// <summary>What a <see cref="StreamingDecoder"/> knew before a block.</summary>
/// <param name="Lstm">A copy of the LSTM's state.</param>
/// <param name="Memory">A copy of what the LSTM gave last, or null at the beginning.</param>
/// <param name="Start">The first frame of <paramref name="Memory"/>.</param>
/// <param name="End">The frame after its last.</param>
/// <param name="Samples">Samples given out.</param>
internal sealed record StreamSnapshot(LstmState Lstm, Tensor? Memory, int Start, int End, long Samples) : IDisposable
{
    public void Dispose() => Memory?.Dispose();
}
