namespace SaeDashboard.MusicGen.Generation;

/// <summary>
/// Counter-based noise: Philox 4×32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011). The seed is the key;
/// the counter says what the number is for, so it is the same on every machine, in every batch and in any order.
/// </summary>
public readonly struct PhiloxNoise(ulong seed)
{
    private const uint Multiplier0 = 0xD2511F53, Multiplier1 = 0xCD9E8D57;
    private const uint Weyl0 = 0x9E3779B9, Weyl1 = 0xBB67AE85;
    private const int Rounds = 10;

    /// <summary>Four words for a counter of four words.</summary>
    public (uint X0, uint X1, uint X2, uint X3) Words(uint c0, uint c1, uint c2, uint c3)
    {
        var (key0, key1) = ((uint)seed, (uint)(seed >> 32));
        for (var round = 0; round < Rounds; round++)
        {
            var product0 = (ulong)Multiplier0 * c0;
            var product1 = (ulong)Multiplier1 * c2;
            (c0, c1, c2, c3) = ((uint)(product1 >> 32) ^ c1 ^ key0, (uint)product1, (uint)(product0 >> 32) ^ c3 ^ key1, (uint)product0);
            key0 += Weyl0;
            key1 += Weyl1;
        }
        return (c0, c1, c2, c3);
    }

    /// <summary>u = (word + ½)·2⁻³², in the open interval (0, 1): word token mod 4 of the counter (token div 4, codebook, column,
    /// sample).</summary>
    public double Uniform(int token, int codebook, int column, int sample)
    {
        var (x0, x1, x2, x3) = Words((uint)token / 4, (uint)codebook, (uint)column, (uint)sample);
        var word = (token & 3) switch
        {
            0 => x0,
            1 => x1,
            2 => x2,
            _ => x3,
        };
        return (word + 0.5) * (1.0 / 4294967296.0);
    }

    /// <summary>A standard Gumbel number, −ln(−ln u): the largest of logit + Gumbel is a draw from the logits' softmax.</summary>
    public double Gumbel(int token, int codebook, int column, int sample) => -Math.Log(-Math.Log(Uniform(token, codebook, column, sample)));
}
