using SaeDashboard.Core;
using SaeDashboard.Sae.Activations;
using SaeDashboard.Sae.Features;
using SaeDashboard.Sae.Tests.Training;
using SaeDashboard.Torch.Extensions;
using TorchSharp;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Tests.Activations;

/// <summary>Clips that are shorter than their rows: the padding is not part of any column.</summary>
public sealed class PaddingTests : IDisposable
{
    private const int Clips = 40, Columns = 20, Width = 4;
    private const float Padding = 1e6f;

    private readonly TestFolders.TemporaryFolder folder = TestFolders.Temporary();
    private readonly ActivationStore store;

    public PaddingTests()
    {
        using (var writer = ActivationStoreWriter.Create(folder.In("a"), SyntheticActivations.Source(Columns, Width), Clips))
        {
            for (var clip = 0; clip < Clips; clip++)
            {
                using var scope = NewDisposeScope();
                var values = full([Columns, Width], Padding);
                for (var column = 0; column < Music(clip); column++) values[column].Fill(Value(clip, column));
                writer.Append(clip, "sae-train", values, music: Music(clip));
            }
            writer.Complete();
        }
        store = ActivationStore.Open(folder.In("a"));
    }

    public void Dispose()
    {
        store.Dispose();
        folder.Dispose();
    }

    [Theory, InlineData(1 << 20), InlineData(4000)]
    public void An_epoch_of_batches_is_every_column_of_music_once_and_nothing_else(int memory)
    {
        var train = ClipSubset.Split(store, 0.1, 3).Train;
        Assert.Equal(train.Clips.Sum(Music), train.ColumnCount);
        using var reader = new ColumnReader(train, [0], memory, 5);
        using var batches = new ActivationBatches(new BatchFeed(reader, 0, new ColumnScaling(new float[Width], 1), 1, 9, 0, train.ColumnCount));
        var read = new List<float>();
        while (batches.Next() is { } batch) read.Add(TensorData.AsSpan(batch.Columns)[0]);
        Assert.Equal(train.Clips.SelectMany(clip => Enumerable.Range(0, Music(clip)).Select(column => Value(clip, column))).Order(), read.Order());
    }

    [Fact]
    public void Draws_and_clips_leave_padding_out()
    {
        var (all, _) = ClipSubset.Split(store, 0, 1);
        var draw = new ColumnDraw(all, [0], long.MaxValue, 2);
        var drawn = new List<float>();
        while (draw.Read() is > 0 and var count) drawn.AddRange(draw.Values(0)[..(count * Width)]);
        Assert.Equal(Width * store.ColumnCount, drawn.Count);
        Assert.DoesNotContain(Padding, drawn);
        foreach (var clip in new StoreActivationSource(store).Clips())
        {
            using (clip)
            {
                Assert.Equal(Music(clip.Row), clip.Columns.size(0));
                Assert.Equal(Value(clip.Row, Music(clip.Row) - 1), clip.Columns[-1, 0].item<float>());
            }
        }
    }

    [Fact]
    public void A_manifest_that_says_more_columns_than_there_are_is_refused()
    {
        store.Dispose();
        var path = folder.In("a/manifest.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"columns\": 7", "\"columns\": 21", StringComparison.Ordinal));
        Assert.Contains("has 21 columns of 20", Assert.Throws<UserException>(() => ActivationStore.Open(folder.In("a"))).Message, StringComparison.Ordinal);
    }

    private static int Music(int clip) => 1 + clip * 3 % Columns;

    private static float Value(int clip, int column) => clip * 100 + column;
}
