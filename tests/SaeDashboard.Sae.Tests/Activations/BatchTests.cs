using SaeDashboard.Sae.Activations;
using SaeDashboard.Sae.Tests.Training;
using SaeDashboard.Torch.Extensions;

namespace SaeDashboard.Sae.Tests.Activations;

/// <summary>Batches as the trainer gets them: the same from any step on, whatever else is read, however little is in memory.</summary>
public sealed class BatchTests : IDisposable
{
    private const int Batch = 32, Width = 8;

    private readonly TestFolders.TemporaryFolder folder = TestFolders.Temporary();
    private readonly ActivationStore store;
    private readonly ClipSubset train;
    private readonly ColumnScaling scaling = new([1, 2, 3, 4, 5, 6, 7, 8], 0.25f);

    public BatchTests()
    {
        store = SyntheticActivations.Make(folder.In("a"), 200, 150, Width);
        train = ClipSubset.Split(store, 0.1, 1).Train;
    }

    public void Dispose()
    {
        store.Dispose();
        folder.Dispose();
    }

    // 27,000 columns of 32 bytes: all in memory, and in groups of two blocks of 4,096.
    [Theory, InlineData(2 << 20, 1), InlineData(560_000, 4)]
    public void Reading_from_a_later_step_gives_the_same_batches(int memory, int groups)
    {
        const int Steps = 1800;
        var all = Read(memory, 0, Steps, out var read);
        Assert.Equal(groups, read);
        Assert.Equal(Steps, all.Count);
        foreach (var first in (int[])[1, 300, 843, 1299, 1799])
            Assert.Equal(all.Skip(first), Read(memory, first, Steps, out _));
    }

    [Theory, InlineData(2 << 20), InlineData(560_000)]
    public void An_epoch_is_every_column_that_is_not_held_out_once(int memory)
    {
        var steps = (int)(train.ColumnCount / Batch);
        var read = Read(memory, 0, steps, out _).SelectMany(batch => batch.Chunk(Width)).Select(column => string.Join(' ', column)).ToHashSet();
        var expected = new HashSet<string>();
        foreach (var clip in train.Clips)
        {
            var values = new float[150 * Width];
            store.Copy(clip, 0, values);
            foreach (var column in values.Chunk(Width))
            {
                scaling.Apply(column);
                expected.Add(string.Join(' ', column));
            }
        }
        Assert.Equal(27_000, expected.Count);
        Assert.Equal(steps * Batch, read.Count);
        Assert.Subset(expected, read);
    }

    [Fact]
    public void What_else_is_read_does_not_matter()
    {
        var alone = Read(560_000, 0, 400, out _);
        using var reader = new ColumnReader(train, [0], 560_000, 7);
        BatchFeed[] feeds = [new(reader, 0, scaling, Batch, 9, 0, 400), new(reader, 0, scaling, 48, 3, 20, 600), new(reader, 0, scaling, Batch, 4, 300, 310)];
        using var batches = new ActivationBatches(feeds);
        var read = new List<float[]>();
        var position = 0L;
        while (batches.Next() is { } batch)
        {
            if (batch.Feed == feeds[0]) read.Add(TensorData.AsSpan(batch.Columns).ToArray());
            // The one that is behind comes first.
            var begins = batch.Step * batch.Feed.Batch;
            Assert.True(begins >= position);
            position = begins;
            if (batch.Feed == feeds[1] && batch.Step == 100) feeds[1].Close();
        }
        Assert.Equal(alone, read);
    }

    [Fact]
    public void Batches_can_be_left_before_their_end()
    {
        using var reader = new ColumnReader(train, [0], 1 << 20, 9);
        using var batches = new ActivationBatches(new BatchFeed(reader, 0, scaling, Batch, 9, 0, long.MaxValue / Batch));
        Assert.NotNull(batches.Next());
        Assert.InRange(batches.WaitShare, 0, 1);
    }

    [Fact]
    public void A_reader_that_fails_is_heard()
    {
        File.WriteAllBytes(folder.In("a", "shard-00000.bin"), new byte[10_000]);
        using var reader = new ColumnReader(train, [0], 560_000, 9);
        using var batches = new ActivationBatches(new BatchFeed(reader, 0, scaling, Batch, 9, 0, 100));
        Assert.Contains("shorter", Assert.Throws<Core.UserException>(() => { while (batches.Next() is not null) { } }).Message, StringComparison.Ordinal);
    }

    private List<float[]> Read(int memory, long first, long end, out long groups)
    {
        using var reader = new ColumnReader(train, [0], memory, 7);
        groups = reader.Order.Groups;
        Assert.True(reader.MemoryBytes <= memory);
        using var batches = new ActivationBatches(new BatchFeed(reader, 0, scaling, Batch, 9, first, end));
        var read = new List<float[]>();
        while (batches.Next() is { } batch)
        {
            Assert.Equal(first + read.Count, batch.Step);
            read.Add(TensorData.AsSpan(batch.Columns).ToArray());
        }
        Assert.Null(batches.Next());
        return read;
    }
}
