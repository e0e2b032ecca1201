using System.Numerics;

namespace SaeDashboard.Sae.Activations;

/// <summary>
/// The order in which a run sees its columns: an endless sequence of seeded permutations, one an epoch. Position p is computed, not
/// remembered, so a resumed run seeks to any step at once. The permutation is a Feistel network over the next even power of two, walked
/// until it falls into range (Black, Rogaway 2002).
/// </summary>
public sealed class ActivationShuffler
{
    private const int Rounds = 6;
    private readonly ulong count;
    private readonly ulong seed;
    private readonly int halfBits;
    private readonly ulong halfMask;

    /// <param name="count">How many things are permuted.</param>
    /// <param name="seed">Another seed, another order.</param>
    public ActivationShuffler(long count, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        this.count = (ulong)count;
        this.seed = seed;
        halfBits = Math.Max(1, (BitOperations.Log2(this.count) + 2) / 2);
        halfMask = (1UL << halfBits) - 1;
    }

    /// <summary>
    /// What stands at a position ≥ 0 of the endless sequence: a number from 0 to count − 1. Each is met once in every count positions.
    /// </summary>
    public long At(long position)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        var (epoch, index) = Math.DivRem((ulong)position, count);
        do
            index = Permute(index, epoch);
        while (index >= count);
        return (long)index;
    }

    private ulong Permute(ulong index, ulong epoch)
    {
        var (left, right) = (index >> halfBits, index & halfMask);
        for (var round = 0; round < Rounds; round++)
        {
            var mixed = CounterRandom.Bits(seed, (epoch << 3) | (uint)round, right) & halfMask;
            (left, right) = (right, left ^ mixed);
        }
        return (left << halfBits) | right;
    }
}
