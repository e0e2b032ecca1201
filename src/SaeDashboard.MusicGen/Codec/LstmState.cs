namespace SaeDashboard.MusicGen.Codec;

/// <summary>
/// What an LSTM remembers between two stretches of one signal: hidden and cell values of every layer, [width] each. A fresh one is a
/// signal's start.
/// </summary>
internal sealed class LstmState
{
    public LstmState(int layers, long width)
    {
        Hidden = Enumerable.Range(0, layers).Select(_ => new float[width]).ToArray();
        Cell = Enumerable.Range(0, layers).Select(_ => new float[width]).ToArray();
    }

    private LstmState(LstmState other)
    {
        Hidden = other.Hidden.Select(values => values.ToArray()).ToArray();
        Cell = other.Cell.Select(values => values.ToArray()).ToArray();
    }

    public float[][] Hidden { get; }

    public float[][] Cell { get; }

    /// <summary>A copy to come back to.</summary>
    public LstmState Clone() => new(this);
}
