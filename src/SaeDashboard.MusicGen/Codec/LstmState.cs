using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Codec;

/// <summary>
/// What an LSTM remembers between two stretches of one signal: hidden and cell values of every layer, [width] each. A fresh one is a signal's start.
/// </summary>
internal sealed class LstmState : IDisposable
{
    public LstmState(int layers, long width)
    {
        Hidden = Enumerable.Range(0, layers).Select(_ => zeros(width).DetachFromDisposeScope()).ToArray();
        Cell = Enumerable.Range(0, layers).Select(_ => zeros(width).DetachFromDisposeScope()).ToArray();
    }

    private LstmState(LstmState other)
    {
        Hidden = other.Hidden.Select(tensor => tensor.clone().DetachFromDisposeScope()).ToArray();
        Cell = other.Cell.Select(tensor => tensor.clone().DetachFromDisposeScope()).ToArray();
    }

    public Tensor[] Hidden { get; }

    public Tensor[] Cell { get; }

    /// <summary>A copy to come back to.</summary>
    public LstmState Clone() => new(this);

    public void Dispose()
    {
        foreach (var tensor in Hidden.Concat(Cell)) tensor.Dispose();
    }
}
