using SaeDashboard.Core;
using SaeDashboard.Core.Features;
using SaeDashboard.Sae.Features;
using SaeDashboard.Torch.Extensions;

namespace SaeDashboard.Sae.Tests.Features;

/// <summary>The clips that labels are made from and tested on, against the dense latents of every clip.</summary>
public sealed class DetectionClipsBuilderTests
{
    private const int Width = 8, Features = 30, Columns = 60, FirstColumn = 4;
    private static readonly FeatureIndexOrigin Origin = new("model", "data", "small", "layers.4.resid_post", 4, 50);

    [Fact]
    public void Every_clip_is_what_its_kind_says()
    {
        using var sae = Sae();
        var labelled = MemorySource.Random(11, Width, Columns, 120);
        var tested = MemorySource.Random(12, Width, Columns, 90, "test", 1000);
        using var folder = TestFolders.Temporary();
        using var index = IndexOf(sae, labelled, folder.In("index"));
        Build(sae, index, labelled, tested).Save(folder.In("index"));
        var clips = DetectionClips.Open(folder.In("index"), index.Info)!;
        Assert.Equal((90, 120, "test", "select"), (clips.Info.TestClips, clips.Info.LabelClips, clips.Info.TestedOn, clips.Info.LabelledOn));

        var (latents, margins) = Truth(sae, tested);
        var (labelLatents, labelMargins) = Truth(sae, labelled);
        var found = new Dictionary<DetectionKind, int>();
        for (var feature = 0; feature < Features; feature++)
        {
            var threshold = 0.1f * index.P99[feature];
            float[] Measured(Dictionary<int, float[][]> from, int row) => [.. from[row].Skip(FirstColumn - 1).Select(column => column[feature])];
            bool Silent(Dictionary<int, float[][]> from, int row) => Measured(from, row).All(value => value <= 0);
            double Margin(Dictionary<int, double[][]> from, int row) => from[row].Skip(FirstColumn - 1).Max(column => column[feature]);
            var firing = latents.Keys.Where(row => Measured(latents, row).Max() > threshold).OrderByDescending(row => Measured(latents, row).Max()).ThenBy(row => row).ToArray();

            var positives = clips.Of(feature, DetectionKind.Positive);
            Assert.Equal(Math.Min(10, firing.Length), positives.Count);
            for (var place = 0; place < positives.Count; place++)
            {
                Assert.Equal(Measured(latents, positives[place].Row).Max(), positives[place].Value);
                Assert.Equal(positives[place].Value, latents[positives[place].Row][positives[place].Column - 1][feature]);
                // The n-th is of the n-th tenth, by strength.
                var rank = Array.IndexOf(firing, positives[place].Row);
                if (firing.Length > 10) Assert.InRange(rank, place * firing.Length / 10, (place + 1) * firing.Length / 10 - 1);
            }
            var silent = latents.Keys.Where(row => Silent(latents, row)).ToArray();
            var near = clips.Of(feature, DetectionKind.NearMiss);
            Assert.Equal(silent.OrderByDescending(row => Margin(margins, row)).Take(10), near.Select(clip => clip.Row));
            Assert.All(near, clip => Assert.Equal(Margin(margins, clip.Row), margins[clip.Row][clip.Column - 1][feature], 4));
            var random = clips.Of(feature, DetectionKind.Random);
            Assert.Equal(Math.Min(10, silent.Length - near.Count), random.Count);
            Assert.All(random, clip => Assert.True(Silent(latents, clip.Row) && clip.Column is >= FirstColumn and <= Columns));
            foreach (var kind in Enum.GetValues<DetectionKind>()) found[kind] = found.GetValueOrDefault(kind) + clips.Of(feature, kind).Count;

            Assert.All(clips.LabelFiring(feature), row => Assert.True(Measured(labelLatents, row).Max() > threshold));
            Assert.Equal(labelLatents.Keys.Where(row => Silent(labelLatents, row)).OrderByDescending(row => Margin(labelMargins, row)).Take(32), clips.LabelNearMisses(feature));
            Assert.Equal(clips.TestRows(feature).Count, positives.Count + near.Count + random.Count);
        }
        Assert.All(found.Values, count => Assert.True(count > 3 * Features, $"{count}"));
    }

    [Fact]
    public void The_order_of_the_clips_does_not_matter_and_sets_that_share_a_clip_are_refused()
    {
        using var sae = Sae();
        var labelled = MemorySource.Random(11, Width, Columns, 60);
        var tested = MemorySource.Random(12, Width, Columns, 60, "test", 1000);
        using var folder = TestFolders.Temporary();
        using var index = IndexOf(sae, labelled, folder.In("index"));
        var built = Build(sae, index, labelled, tested).Data;
        var again = Build(sae, index, new Reversed(labelled), new Reversed(tested)).Data;
        Assert.Equal(built.Clip, again.Clip);
        Assert.Equal(built.Column, again.Column);
        Assert.Equal(built.Value, again.Value);
        Assert.Equal(built.LabelFiring, again.LabelFiring);
        Assert.Equal(built.LabelNearMiss, again.LabelNearMiss);
        Assert.Throws<UserException>(() => Build(sae, index, labelled, MemorySource.Random(12, Width, Columns, 60, "test", 59)));
    }

    private static BuiltDetectionClips Build(SparseAutoencoder sae, FeatureIndex index, IActivationSource labelled, IActivationSource tested) =>
        DetectionClipsBuilder.Build(sae, index, labelled, tested, ("select", "test"), null, TestContext.Current.CancellationToken);

    private static FeatureIndex IndexOf(SparseAutoencoder sae, IActivationSource select, string folder)
    {
        FeatureIndexBuilder.Build(sae, select, null, Origin, null, null, TestContext.Current.CancellationToken).Save(folder);
        return FeatureIndex.Open(folder);
    }

    /// <summary>Features that fire in nearly all clips, in none, and in between.</summary>
    private static SparseAutoencoder Sae()
    {
        var sae = RandomSae.Create(10, Width, Features, 6);
        for (var feature = 0; feature < Features; feature++)
        {
            using var bias = sae.BEnc.narrow(0, feature, 1);
            bias.AddInPlace(feature < 2 ? -100f : -0.14f * feature + 1.5f);
        }
        return sae;
    }

    /// <summary>By row the latents and the pre-activations (in float64) of each column.</summary>
    private static (Dictionary<int, float[][]> Latents, Dictionary<int, double[][]> Margins) Truth(SparseAutoencoder sae, MemorySource source)
    {
        var (encoder, bias, centre) = (RandomSae.Rows(sae.WEnc), TensorData.AsSpan(sae.BEnc).ToArray(), TensorData.AsSpan(sae.BDec).ToArray());
        var (all, margins) = (new Dictionary<int, float[][]>(), new Dictionary<int, double[][]>());
        foreach (var clip in source.Clips())
        {
            using (clip)
            using (var latents = sae.Encode(clip.Columns))
            {
                all[clip.Row] = [.. TensorData.AsSpan(latents).ToArray().Chunk(Features)];
                margins[clip.Row] = [.. RandomSae.Rows(clip.Columns).Select(column => Enumerable.Range(0, Features).Select(feature => bias[feature] + Enumerable.Range(0, Width).Sum(i => (column[i] - centre[i]) * encoder[i][feature])).ToArray())];
            }
        }
        return (all, margins);
    }

    private sealed class Reversed(IActivationSource source) : IActivationSource
    {
        public int Width => source.Width;

        public IEnumerable<ClipActivations> Clips() => source.Clips().Reverse();
    }
}
