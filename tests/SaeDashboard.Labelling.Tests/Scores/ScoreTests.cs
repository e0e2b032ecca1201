using SaeDashboard.Core.Features;
using SaeDashboard.Labelling.Captions;
using SaeDashboard.Labelling.Descriptors;
using SaeDashboard.Labelling.Scores;
using SaeDashboard.Labelling.Tests.Demo;

namespace SaeDashboard.Labelling.Tests.Scores;

public sealed class ScoreTests(DemoSae demo) : IClassFixture<DemoSae>
{
    [Fact]
    public void Auroc_is_the_share_of_pairs_in_the_right_order()
    {
        var random = new Random(5);
        for (var round = 0; round < 200; round++)
        {
            // Few different values: many ties.
            double[] positives = [.. Enumerable.Range(0, random.Next(1, 12)).Select(_ => (double)random.Next(4))];
            double[] negatives = [.. Enumerable.Range(0, random.Next(1, 12)).Select(_ => (double)random.Next(4) - 0.5 * random.Next(2))];
            var pairs = positives.Sum(one => negatives.Sum(other => one > other ? 1 : one == other ? 0.5 : 0)) / (positives.Length * negatives.Length);
            Assert.Equal(pairs, Auroc.Of(positives, negatives)!.Value, 12);
        }
        Assert.Null(Auroc.Of([], [1]));
        Assert.Null(Auroc.Of([1], []));
    }

    /// <summary>A judge that knows where the feature fires scores 1, one that knows nothing ½: the scorer keeps the kinds of clips apart.</summary>
    [Fact]
    public void A_judge_that_knows_scores_one_and_one_that_does_not_scores_a_half()
    {
        var feature = Enumerable.Range(0, demo.Index.Count).First(each => demo.Index.Kept[each] != 0 && demo.Clips.Of(each, DetectionKind.Positive).Count == 10);
        Assert.Equal(new DetectionScore(1, 1, 10, 10, 10), new DetectionScorer(demo.Clips, new Judge(clip => clip.Value)).Score(feature, "anything"));
        Assert.Equal(new DetectionScore(0.5, 0.5, 10, 10, 10), new DetectionScorer(demo.Clips, new Judge(_ => 1)).Score(feature, "anything"));
        Assert.Equal(new DetectionScore(0.5, 1, 10, 10, 10), new DetectionScorer(demo.Clips, new Judge(clip => clip.Kind == DetectionKind.NearMiss ? 0 : 1)).Score(feature, "anything"));
        Assert.Null(new DetectionScorer(demo.Clips, new CaptionClipJudge(demo.Dataset.Clips)).Score(feature, "…"));
    }

    [Fact]
    public void The_demo_has_the_clips_of_each_kind_that_a_score_takes()
    {
        var kept = Enumerable.Range(0, demo.Index.Count).Where(feature => demo.Index.Kept[feature] != 0).ToList();
        var whole = kept.Count(feature => Enum.GetValues<DetectionKind>().All(kind => demo.Clips.Of(feature, kind).Count >= 10));
        Assert.True(whole >= 0.95 * kept.Count, $"{whole} of {kept.Count}");
        foreach (var feature in kept)
        {
            var positives = demo.Clips.Of(feature, DetectionKind.Positive);
            // One of each tenth, the strongest tenth first.
            Assert.Equal(positives.OrderByDescending(clip => clip.Value), positives);
            Assert.All(positives, clip => Assert.True(clip.Value > 0.1f * demo.Index.P99[feature]));
            Assert.All(demo.Clips.Of(feature, DetectionKind.NearMiss).Concat(demo.Clips.Of(feature, DetectionKind.Random)), clip => Assert.InRange(clip.Column, 4, 512));
        }
    }

    [Fact]
    public void Descriptors_are_named_from_the_largest_shift_on()
    {
        string[] names = ["level", "brightness", "onset rate", "pitch", "inharmonicity"];
        // √(0.2 · 0.8) = 0.4: a correlation of 0.2 is a shift of half a standard deviation.
        var label = DescriptorContrast.Label(names, [0.2f, -0.4f, 0.05f, float.NaN, 0.3f], 0.2, 10_000)!;
        Assert.Equal("dark, noisy or inharmonic, loud", label.Text);
        Assert.Equal(1, label.Confidence, 6);
        Assert.Equal("brightness: −1.0 SD (r = −0.40); inharmonicity: +0.8 SD (r = +0.30); level: +0.5 SD (r = +0.20)", label.Evidence);
        Assert.Null(DescriptorContrast.Label(names, [0.05f, -0.09f, 0.05f, float.NaN, 0], 0.2, 10_000));
        // Of 100 columns a correlation of 0.3 says nothing.
        Assert.Null(DescriptorContrast.Label(names, [0.3f, 0, 0, 0, 0], 0.2, 100));
        Assert.Null(DescriptorContrast.Label([], [], 0.2, 100));
    }

    /// <summary>The shift is the difference of two means: computed from columns instead of from their correlation.</summary>
    [Fact]
    public void The_shift_is_the_difference_between_the_means()
    {
        var random = new Random(3);
        var fires = Enumerable.Range(0, 5000).Select(_ => random.NextDouble() < 0.03).ToArray();
        var level = fires.Select(each => random.NextDouble() * 2 + (each ? 0.7 : 0)).ToArray();
        var (mean, density) = (level.Average(), fires.Average(each => each ? 1.0 : 0));
        var deviation = Math.Sqrt(level.Average(value => (value - mean) * (value - mean)));
        var r = level.Zip(fires, (value, each) => (value - mean) / deviation * ((each ? 1 : 0) - density)).Average() / Math.Sqrt(density * (1 - density));
        var difference = (level.Where((_, i) => fires[i]).Average() - level.Where((_, i) => !fires[i]).Average()) / deviation;
        Assert.Equal(difference, DescriptorContrast.Label(["level"], [(float)r], density, 5000)!.Confidence, 4);
    }

    private sealed class Judge(Func<DetectionClip, double> score) : ILabelJudge
    {
        double[]? ILabelJudge.Judge(string label, IReadOnlyList<DetectionClip> clips) => [.. clips.Select(score)];
    }
}
