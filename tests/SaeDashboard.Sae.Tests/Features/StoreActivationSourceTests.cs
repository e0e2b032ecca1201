using SaeDashboard.Core;
using SaeDashboard.Core.Features;
using SaeDashboard.Sae.Activations;
using SaeDashboard.Sae.Features;
using SaeDashboard.Sae.Steering;

namespace SaeDashboard.Sae.Tests.Features;

public class StoreActivationSourceTests
{
    private const int Width = 6;
    private const int Columns = 80;

    [Fact]
    public void An_index_from_a_store_is_the_index_from_memory_and_steers()
    {
        using var sae = RandomSae.Create(5, Width, 30, 4);
        var memory = MemorySource.Random(6, Width, Columns, 12);
        using var folder = TestFolders.Temporary();
        using var store = Write(folder.In("activations"), memory, 1);
        var source = new StoreActivationSource(store, "select");
        Assert.Equal(12, source.ClipCount);
        var origin = FeatureIndexOrigin.Of(store.Source, 50);
        var token = TestContext.Current.CancellationToken;
        var built = FeatureIndexBuilder.Build(sae, source, null, origin, cancellation: token);
        var expected = FeatureIndexBuilder.Build(sae, memory, null, origin, cancellation: token);
        Assert.Equal(expected.Data.P99, built.Data.P99);
        Assert.Equal(expected.Data.TopClip, built.Data.TopClip);
        Assert.Equal(expected.Data.StripValue, built.Data.StripValue);
        Assert.Equal(("model-hash", "layers.4.resid_post", 4), (built.Info.ModelHash, built.Info.Hook, built.Info.Layer));

        // The index, read back, gives strengths their unit: α·p99·d_j.
        built.Save(folder.In("index"));
        using var index = FeatureIndex.Open(folder.In("index"));
        var feature = Array.IndexOf(built.Data.Positives, built.Data.Positives.Max());
        using var edit = new SteeringEdit(sae, index, [new Steer(feature, 2)]);
        using var column = TorchSharp.torch.zeros([1, Width]);
        Assert.Equal(2 * built.Data.P99[feature] * built.Data.DecoderNorm[feature], edit.Apply(column, 4).norm().item<float>(), 1e-4);
        using var other = RandomSae.Create(6, Width, 30, 4);
        var message = Assert.Throws<UserException>(() => new SteeringEdit(other, index, [new Steer(feature, 2)]).Dispose()).Message;
        Assert.Contains(other.WeightsHash, message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_split_that_is_not_there_and_other_columns_are_refused()
    {
        using var folder = TestFolders.Temporary();
        using var store = Write(folder.In("a"), MemorySource.Random(6, Width, Columns, 2), 1);
        Assert.Contains("it has: select", Assert.Throws<UserException>(() => new StoreActivationSource(store, "test")).Message, StringComparison.Ordinal);
        using var late = Write(folder.In("b"), MemorySource.Random(6, Width, Columns, 2), 4);
        Assert.Contains("column 4", Assert.Throws<UserException>(() => new StoreActivationSource(late)).Message, StringComparison.Ordinal);
    }

    private static ActivationStore Write(string path, MemorySource clips, int firstColumn)
    {
        var source = new ActivationSource
        {
            Model = "small",
            ModelHash = "model-hash",
            Dataset = "demo",
            DatasetHash = "data-hash",
            Split = "select",
            Layer = 4,
            Hook = "layers.4.resid_post",
            FirstColumn = firstColumn,
            ColumnsPerClip = Columns,
            Width = Width,
            DType = ActivationDType.Float32,
        };
        using (var writer = ActivationStoreWriter.Create(path, source, clips.Rows.Count))
        {
            foreach (var clip in clips.Clips())
                writer.Append(clip.Row, clip.Split, clip.Columns);
            writer.Complete();
        }

        return ActivationStore.Open(path);
    }
}
