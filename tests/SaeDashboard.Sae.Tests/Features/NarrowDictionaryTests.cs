using SaeDashboard.Core.Features;
using SaeDashboard.Core.Runs;
using SaeDashboard.Sae.Features;
using SaeDashboard.Sae.Formats;
using SaeDashboard.Sae.Tests.Training;
using SaeDashboard.Sae.Training;

namespace SaeDashboard.Sae.Tests.Features;

/// <summary>Dictionaries narrower than the residual stream, whose directions span a part of it only, are trained and indexed like others.</summary>
public class NarrowDictionaryTests
{
    private const int Width = 256;

    [Theory]
    [InlineData(1), InlineData(2), InlineData(3), InlineData(8), InlineData(24), InlineData(64), InlineData(128), InlineData(192), InlineData(255), InlineData(256), InlineData(257), InlineData(1024)]
    public void An_SAE_of_any_number_of_latents_is_trained_indexed_and_opened(int latents)
    {
        using var folder = TestFolders.Temporary();
        using var store = SyntheticActivations.Make(folder.In("activations"), 12, 64, Width);
        var config = new TrainConfig { Latents = latents, K = Math.Min(4, latents), Batch = 64, Steps = 12, ScaleSamples = 256, MedianSamples = 256, HeldOut = 0.2, Threads = 1 };
        using (var run = RunFolder.Open(folder.In("run")))
            Assert.True(SaeTrainer.Train(store, config, run, folder.In("sae"), resume: false, cancellation: TestContext.Current.CancellationToken).Finished);

        using var sae = SaeFolder.Load(folder.In("sae"));
        var built = FeatureIndexBuilder.Build(sae, new StoreActivationSource(store), null, new FeatureIndexOrigin("aa", "bb", "made-up", "layers.4.resid_post", 4, 50),
            cancellation: TestContext.Current.CancellationToken);
        built.Save(folder.In("sae", "index"));
        using var index = FeatureIndex.Open(folder.In("sae", "index"));

        Assert.Equal((latents, sae.WeightsHash), (index.Count, index.Info.SaeHash));
        Assert.DoesNotContain(built.Notes, note => note.Contains("hue", StringComparison.Ordinal));
        Assert.All(built.Data.DecoderNorm, norm => Assert.True(norm > 0));
        Assert.All(built.Data.Hue, hue => Assert.InRange(hue, 0, DecoderGeometry.HueSteps - 1));
    }

    [Theory, InlineData(3, 80, "there are 3. Measure on 4 clips"), InlineData(40, 80, "of the 40 clips"), InlineData(40, 20, "half second")]
    public void An_index_of_which_the_filter_keeps_nothing_says_why(int clips, int columns, string why)
    {
        using var sae = RandomSae.Create(5, 16, 40, 40, encoderBias: 100);
        var built = FeatureIndexBuilder.Build(sae, MemorySource.Random(1, 16, columns, clips), null, new FeatureIndexOrigin("m", "d", "d", "layers.4.resid_post", 4, 50),
            cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(0, built.Info.KeptDefault);
        Assert.Contains(why, Assert.Single(built.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void A_decoration_that_fails_leaves_the_rest()
    {
        using var sae = RandomSae.Create(5, 16, 40, 4);
        using var directions = sae.Directions();
        var whole = DecoderGeometry.Of(directions);
        var without = DecoderGeometry.Of(directions, _ => throw new InvalidOperationException("The eigenvalue iteration did not converge."));

        Assert.Null(whole.Problem);
        Assert.Contains("did not converge", without.Problem, StringComparison.Ordinal);
        Assert.All(without.Hues, hue => Assert.Equal(0, hue));
        Assert.Equal(whole.Neighbours, without.Neighbours);
        Assert.Equal(whole.Norms, without.Norms);
    }
}
