using SaeDashboard.Sae.Activations;

namespace SaeDashboard.Sae.Tests.Activations;

/// <summary>The order of reading as arithmetic: nothing is missed, nothing doubled, and neighbours are parted.</summary>
public class ColumnOrderTests
{
    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(1000, 1, 64, 1000)]
    [InlineData(1000, 1, 64, 100)]
    [InlineData(1000, 1, 7, 50)]
    [InlineData(1024, 1, 64, 256)]
    [InlineData(960, 32, 32, 200)]
    [InlineData(63, 1, 64, 64)]
    [InlineData(5000, 1, 16, 333)]
    public void Every_epoch_has_every_column_once(int columns, int granule, int block, int group)
    {
        var order = new ColumnOrder(columns, granule, block, group, 5);
        Assert.True(order.LargestGroup <= Math.Max(block, group));
        for (var epoch = 0; epoch < 3; epoch++)
        {
            var read = new List<long>();
            for (var index = epoch * order.Groups; index < (epoch + 1) * order.Groups; index++)
            {
                var held = Held(order, index);
                var (first, count) = order.Span(index);
                Assert.Equal(count, held.Length);
                Assert.Equal((epoch * (long)columns) + read.Count, first);
                Assert.Equal((index, index), (order.GroupAt(first), order.GroupAt(first + count - 1)));
                Assert.Equal(Enumerable.Range(0, count), order.Places(index, 9).Order());
                read.AddRange(order.Places(index, 9).Select(place => held[place]));
            }
            Assert.Equal(Enumerable.Range(0, columns).Select(column => (long)column), read.Order());
        }
    }

    [Fact]
    public void Blocks_begin_at_granules_and_elsewhere_in_every_epoch()
    {
        var order = new ColumnOrder(30 * 32, 32, 32, 200, 5);
        Assert.All(Enumerable.Range(0, 3 * (int)order.Groups), group =>
            Assert.All(Enumerable.Range(0, order.BlockCount(group)), i => Assert.Equal(0, order.Block(group, i).Column % 32)));

        var fine = new ColumnOrder(10_000, 1, 100, 1000, 5);
        var begins = Enumerable.Range(0, 3).Select(epoch => fine.Block(epoch * fine.Groups, 0).Column % 100).Distinct();
        Assert.Equal(3, begins.Count());
    }

    [Fact]
    public void Other_seeds_give_other_orders()
    {
        long[] Read(ulong dataSeed, ulong seed)
        {
            var order = new ColumnOrder(4000, 1, 16, 400, dataSeed);
            var held = Held(order, 0);
            return [.. order.Places(0, seed).Select(place => held[place])];
        }

        Assert.Equal(Read(1, 2), Read(1, 2));
        // The same columns in another order; other columns.
        Assert.NotEqual(Read(1, 2), Read(1, 3));
        Assert.Equal(Read(1, 2).Order(), Read(1, 3).Order());
        Assert.NotEqual(Read(1, 2).Order(), Read(2, 2).Order());
    }

    /// <summary>
    /// 200 clips of 256 columns in blocks of 64, an eighth of them in memory. Drawing freely, a batch of 256 would have 145 clips; 100 blocks
    /// have about 79.
    /// </summary>
    [Fact]
    public void A_batch_mixes_many_clips()
    {
        const int Clip = 256, Clips = 200, Batch = 256;
        var order = new ColumnOrder(Clips * Clip, 1, 64, Clips * Clip / 8, 3);
        var sequence = new List<long>();
        for (var group = 0; group < order.Groups; group++)
        {
            var held = Held(order, group);
            sequence.AddRange(order.Places(group, 3).Select(place => held[place]));
        }
        var distinct = sequence.Chunk(Batch).Where(batch => batch.Length == Batch).Select(batch => batch.Select(column => column / Clip).Distinct().Count()).ToList();
        Assert.True(distinct.Average() > 65, $"{distinct.Average()} clips a batch");
        Assert.True(distinct.Min() > 50, $"{distinct.Min()} clips in the poorest batch");
        // Neighbours in the order of training: from one clip once in 79, next to each other on disk hardly ever.
        var pairs = sequence.Zip(sequence.Skip(1)).ToList();
        Assert.InRange(pairs.Count(pair => pair.First / Clip == pair.Second / Clip) / (double)pairs.Count, 0.002, 0.03);
        Assert.True(pairs.Count(pair => Math.Abs(pair.First - pair.Second) == 1) / (double)pairs.Count < 0.001);
        // Rank correlation of the place on disk with the place in training: its standard deviation is that of 800 blocks, 0.035.
        var half = sequence.Count / 2.0;
        var correlation = sequence.Select((column, i) => (column - half) * (i - half)).Sum() * 12 / Math.Pow(sequence.Count, 3);
        Assert.InRange(correlation, -0.14, 0.14);
    }

    private static long[] Held(ColumnOrder order, long group) =>
    [
        .. Enumerable.Range(0, order.BlockCount(group)).Select(i => order.Block(group, i))
            .SelectMany(block => Enumerable.Range(0, block.Count).Select(i => (block.Column + i) % order.Columns)),
    ];
}
