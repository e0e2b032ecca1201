using SaeDashboard.Sae.Activations;
using SaeDashboard.Sae.Tests.Training;
using SaeDashboard.Sae.Training;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Tests.Activations;

public class ShufflingTests
{
    [Theory, InlineData(1), InlineData(2), InlineData(5), InlineData(64), InlineData(1000), InlineData(4097)]
    public void Every_epoch_is_a_permutation_of_its_own(int count)
    {
        var shuffler = new ActivationShuffler(count, 11);
        var all = Enumerable.Range(0, 3 * count).Select(i => shuffler.At(i)).ToArray();
        var epochs = all.Chunk(count).ToArray();
        foreach (var epoch in epochs)
            Assert.Equal(Enumerable.Range(0, count).Select(i => (long)i), epoch.Order());
        if (count >= 64)
        {
            Assert.NotEqual(epochs[0], epochs[1]);
            Assert.NotEqual(epochs[0], Enumerable.Range(0, count).Select(i => new ActivationShuffler(count, 12).At(i)));
        }
    }

    [Fact]
    public void Positions_and_places_are_uncorrelated()
    {
        const int Count = 100_000;
        var shuffler = new ActivationShuffler(Count, 3);
        // Rank correlation of n random places has the standard deviation 1/√n = 0.003; neighbours' distances are Count/3 on average.
        double products = 0, distances = 0;
        for (var i = 0; i < Count; i++)
        {
            products += (i / (double)Count - 0.5) * (shuffler.At(i) / (double)Count - 0.5);
            distances += Math.Abs(shuffler.At(i) - shuffler.At(i + 1 == Count ? 0 : i + 1));
        }
        Assert.InRange(products / Count * 12, -0.016, 0.016);
        Assert.InRange(distances / Count / Count, 0.328, 0.338);
    }

    [Fact]
    public void A_split_is_by_clip_and_by_the_clips_rows()
    {
        using var folder = TestFolders.Temporary();
        using var store = SyntheticActivations.Make(folder.In("a"), 50, 4, 4);
        var (train, heldOut) = ClipSubset.Split(store, 0.1, 5);
        Assert.Equal(5, heldOut.Clips.Count);
        Assert.Equal(Enumerable.Range(0, 50), train.Clips.Concat(heldOut.Clips).Order());
        Assert.Equal(heldOut.Clips, ClipSubset.Split(store, 0.1, 5).HeldOut.Clips);
        Assert.NotEqual(heldOut.Clips, ClipSubset.Split(store, 0.1, 6).HeldOut.Clips);
        Assert.Single(ClipSubset.Split(store, 0.001, 5).HeldOut.Clips);
        Assert.Empty(ClipSubset.Split(store, 0, 5).HeldOut.Clips);
    }

    [Fact]
    public void Scaled_columns_have_mean_0_and_mean_square_norm_1()
    {
        using var scope = NewDisposeScope();
        using var folder = TestFolders.Temporary();
        using var store = SyntheticActivations.Make(folder.In("a"), 10, 100, 16);
        var (all, _) = ClipSubset.Split(store, 0, 1);
        using var team = new WorkerTeam(1);
        var config = new TrainConfig { ScaleSamples = long.MaxValue };
        var scaling = ColumnPreparation.Of(all, [0], config, team, new SamplingProgress(null, () => false))[0].Scaling;
        var columns = cat(Enumerable.Range(0, 10).Select(i => store.Clip(i).Columns).ToArray(), 0).to(ScalarType.Float64);

        var expected = columns.mean([0]);
        var scaled = TensorData.AsSpan(store.Clip(3).Columns);
        scaling.Apply(scaled[..16]);

        Assert.True(TensorData.FromFloats(scaling.Mean, 16).sub(expected).abs().max().item<double>() < 1e-6);
        Assert.Equal(1, columns.sub(expected).Mul(scaling.Scale).Square().sum(1).mean().item<double>(), 1e-6);
        var byHand = store.Clip(3).Columns[0].to(ScalarType.Float64).sub(expected).Mul(scaling.Scale);
        Assert.True(TensorData.FromFloats(scaled[..16], 16).sub(byHand).abs().max().item<double>() < 1e-6);
    }
}
