namespace SaeDashboard.Sae.Activations;

/// <summary>
/// The order in which columns are read (decision 0019). The columns of an epoch, numbered through, are cut into blocks of consecutive ones;
/// the blocks are permuted and taken a group at a time, and a group is permuted once more in memory. Everything is computed from a position:
/// nothing has to be remembered to go on in the middle. Where an epoch is one group, that is a permutation of all its columns.
/// </summary>
internal sealed class ColumnOrder
{
    private const ulong OffsetStream = 0x0FF5E7, PlaceStream = 0x91ACE5;
    private readonly int granule;
    private readonly ulong seed;
    private readonly long blocks;
    private readonly ActivationShuffler? shuffler;

    /// <param name="columns">Columns of an epoch.</param>
    /// <param name="granule">Columns that are only loaded together: blocks begin at multiples of it. 1: any.</param>
    /// <param name="blockColumns">Columns of a block, a multiple of the granule.</param>
    /// <param name="groupColumns">The columns a group may have, at least those of a block.</param>
    /// <param name="seed">Another seed, other groups.</param>
    public ColumnOrder(long columns, int granule, int blockColumns, long groupColumns, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        ArgumentOutOfRangeException.ThrowIfNotEqual(blockColumns % granule, 0);
        ArgumentOutOfRangeException.ThrowIfLessThan(groupColumns, Math.Min(blockColumns, columns));
        (Columns, this.granule, BlockColumns, this.seed) = (columns, granule, blockColumns, seed);
        blocks = (columns + blockColumns - 1) / blockColumns;
        Groups = columns <= groupColumns ? 1 : (blocks + groupColumns / blockColumns - 1) / (groupColumns / blockColumns);
        // A last, shorter block stays last, so that positions remain arithmetic; which columns it has changes with the epoch.
        var whole = columns / blockColumns;
        shuffler = Groups > 1 ? new ActivationShuffler(whole, seed) : null;
    }

    public long Columns { get; }

    public int BlockColumns { get; }

    /// <summary>Groups of an epoch.</summary>
    public long Groups { get; }

    /// <summary>Columns of the largest group.</summary>
    public long LargestGroup => Groups == 1 ? Columns : Math.Min(Columns, (blocks + Groups - 1) / Groups * BlockColumns);

    /// <summary>The group, counted through all epochs, in which a position ≥ 0 of the endless sequence lies.</summary>
    public long GroupAt(long position)
    {
        var (epoch, within) = Math.DivRem(position, Columns);
        // The inverse of ⌊group · blocks / groups⌋.
        return epoch * Groups + ((within / BlockColumns + 1) * Groups - 1) / blocks;
    }

    /// <summary>The position at which a group begins, and how many columns it has.</summary>
    public (long First, int Count) Span(long group)
    {
        var (epoch, within) = Math.DivRem(group, Groups);
        var (first, end) = (StartBlock(within) * BlockColumns, within == Groups - 1 ? Columns : StartBlock(within + 1) * BlockColumns);
        return (epoch * Columns + first, checked((int)(end - first)));
    }

    /// <summary>How many blocks a group has.</summary>
    public int BlockCount(long group) => (int)(StartBlock(group % Groups + 1) - StartBlock(group % Groups));

    /// <summary>
    /// A group's block i: its first column and how many there are. It may go on with column 0 after the last. Blocks begin elsewhere in every
    /// epoch, so that neighbours of one are not neighbours for ever.
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
    /// <param name="orderSeed">Another seed, another order of the same columns.</param>
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
