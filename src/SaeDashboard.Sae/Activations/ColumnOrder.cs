using System.Numerics;

namespace SaeDashboard.Sae.Activations;

/// <summary>
/// The order in which columns are read (decision 0019). The columns of an epoch are numbered consecutively and cut into blocks. The blocks
/// are permuted and read in groups, and the columns of a group are permuted in memory. Everything is a function of the position, so a run
/// can resume anywhere without stored state. If an epoch is one group, the result is a permutation of all its columns.
/// </summary>
internal sealed class ColumnOrder
{
    private const ulong OffsetStream = 0x0FF5E7, PlaceStream = 0x91ACE5;
    private readonly int granule;
    private readonly ulong seed;
    private readonly long blocks;
    private readonly ActivationShuffler? shuffler;

    /// <param name="columns">Columns of an epoch.</param>
    /// <param name="granule">The unit of loading in columns: blocks begin at multiples of it.</param>
    /// <param name="blockColumns">Columns of a block, a multiple of the granule.</param>
    /// <param name="groupColumns">The largest number of columns of a group, at least one block.</param>
    /// <param name="seed">The seed of the groups.</param>
    public ColumnOrder(long columns, int granule, int blockColumns, long groupColumns, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        ArgumentOutOfRangeException.ThrowIfNotEqual(blockColumns % granule, 0);
        ArgumentOutOfRangeException.ThrowIfLessThan(groupColumns, Math.Min(blockColumns, columns));
        (Columns, this.granule, BlockColumns, this.seed) = (columns, granule, blockColumns, seed);
        blocks = (columns + blockColumns - 1) / blockColumns;
        Groups = columns <= groupColumns ? 1 : (blocks + groupColumns / blockColumns - 1) / (groupColumns / blockColumns);
        // A shorter last block stays last, so that positions can be computed; its columns change with the epoch.
        var whole = columns / blockColumns;
        shuffler = Groups > 1 ? new ActivationShuffler(whole, seed) : null;
    }

    public long Columns { get; }

    public int BlockColumns { get; }

    /// <summary>Groups per epoch.</summary>
    public long Groups { get; }

    /// <summary>Columns of the largest group.</summary>
    public long LargestGroup => Groups == 1 ? Columns : Math.Min(Columns, (blocks + Groups - 1) / Groups * BlockColumns);

    /// <summary>The group of a position ≥ 0 of the endless sequence, counted through all epochs.</summary>
    public long GroupAt(long position)
    {
        var (epoch, within) = Math.DivRem(position, Columns);
        // The inverse of ⌊group · blocks / groups⌋.
        return epoch * Groups + ((within / BlockColumns + 1) * Groups - 1) / blocks;
    }

    /// <summary>A group's first position and number of columns.</summary>
    public (long First, int Count) Span(long group)
    {
        var (epoch, within) = Math.DivRem(group, Groups);
        var (first, end) = (StartBlock(within) * BlockColumns, within == Groups - 1 ? Columns : StartBlock(within + 1) * BlockColumns);
        return (epoch * Columns + first, checked((int)(end - first)));
    }

    /// <summary>The number of blocks of a group.</summary>
    public int BlockCount(long group) => (int)(StartBlock(group % Groups + 1) - StartBlock(group % Groups));

    /// <summary>
    /// Block i of a group: its first column and number of columns. It may wrap around to column 0. Blocks begin at another offset in every
    /// epoch, so that columns do not stay in the same block.
    /// </summary>
    public (long Column, int Count) Block(long group, int i)
    {
        var (epoch, within) = Math.DivRem(group, Groups);
        var block = StartBlock(within) + i;
        var count = (int)Math.Min(BlockColumns, Columns - block * BlockColumns);
        if (shuffler is null)
            return (block * BlockColumns, count);
        var whole = Columns / BlockColumns;
        var place = block < whole ? shuffler.At(epoch * whole + block) : block;
        var offset = (long)(CounterRandom.Bits(seed, OffsetStream, (ulong)epoch) % (ulong)(Columns / granule)) * granule;
        return ((offset + place * BlockColumns) % Columns, count);
    }

    /// <summary>The order of a group's columns in memory: a permutation of 0 … count − 1 (Fisher, Yates).</summary>
    /// <param name="group">The group, counted through all epochs.</param>
    /// <param name="orderSeed">The seed of the order.</param>
    public int[] Places(long group, ulong orderSeed)
    {
        var places = new int[Span(group).Count];
        for (var i = 0; i < places.Length; i++)
            places[i] = i;
        var groupSeed = CounterRandom.Bits(orderSeed, PlaceStream, (ulong)group);
        for (var i = places.Length - 1; i > 0; i--)
        {
            var j = (int)Math.BigMul(CounterRandom.Bits(groupSeed, PlaceStream, (ulong)i), (ulong)i + 1, out _);
            (places[i], places[j]) = (places[j], places[i]);
        }
        return places;
    }

    private long StartBlock(long groupOfEpoch) => groupOfEpoch * blocks / Groups;
}

/// <summary>
/// An endless sequence of seeded permutations, one per epoch. Position p is computed, not remembered, so a resumed run can seek to any
/// step. The permutation is a Feistel network over the next even power of two, iterated until the result is in range (cycle walking; Black,
/// Rogaway 2002).
/// </summary>
public sealed class ActivationShuffler
{
    private const int Rounds = 6;
    private readonly ulong count;
    private readonly ulong seed;
    private readonly int halfBits;
    private readonly ulong halfMask;

    /// <param name="count">The number of permuted items.</param>
    /// <param name="seed">The seed of the order.</param>
    public ActivationShuffler(long count, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        this.count = (ulong)count;
        this.seed = seed;
        halfBits = Math.Max(1, (BitOperations.Log2(this.count) + 2) / 2);
        halfMask = (1UL << halfBits) - 1;
    }

    /// <summary>
    /// The item at a position ≥ 0 of the sequence, 0 to count − 1. Each occurs once in every count positions.
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

/// <summary>
/// Random numbers as a function of (seed, stream, counter): no state, and the same on every machine and in every order of calls. The mixer
/// is SplitMix64's finaliser (Steele, Lea, Flood 2014), applied to each part in turn.
/// </summary>
internal static class CounterRandom
{
    /// <summary>64 random bits.</summary>
    public static ulong Bits(ulong seed, ulong stream, ulong counter) =>
        Mix(Mix(Mix(seed + 0x9E3779B97F4A7C15) ^ stream) + counter * 0x9E3779B97F4A7C15);

    /// <summary>Uniform in (0, 1).</summary>
    public static double Uniform(ulong seed, ulong stream, ulong counter) =>
        ((Bits(seed, stream, counter) >> 11) + 0.5) * (1.0 / (1UL << 53));

    /// <summary>Normal with mean 0 and variance 1 (Box–Muller).</summary>
    public static double Normal(ulong seed, ulong stream, ulong counter) =>
        Math.Sqrt(-2 * Math.Log(Uniform(seed, stream, 2 * counter))) * Math.Cos(2 * Math.PI * Uniform(seed, stream, 2 * counter + 1));

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
