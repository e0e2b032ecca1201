using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Worker.Clap;

namespace SaeDashboard.Worker.Tests;

/// <summary>CLAP scores of labels, their floor, and what is cut for them: by hand, without a model.</summary>
public sealed class LabelScoringTests
{
    private static readonly DateTimeOffset Day = new(2026, 11, 23, 10, 0, 0, TimeSpan.Zero);

    [Fact]
    public void With_two_features_the_floor_is_the_other_one_s()
    {
        // Feature 1 sounds like x twice; feature 2 like y, and once like x.
        var excerpts = new Dictionary<int, MeanDirection> { [1] = Mean([1, 0], [1, 0]), [2] = Mean([0, 1], [1, 0]) };
        var texts = new Dictionary<string, float[]> { ["x"] = [1, 0], ["y"] = [0, 1], ["diagonal"] = [0.6f, 0.8f] };
        LabelRevision[] revisions = [Label(1, "diagonal", 0), Label(1, "x", 1), Label(2, "y", 0)];
        var (scores, summary) = LabelScoring.Score(revisions, texts, excerpts, permutations: 10, seed: 1);

        Assert.Equal([(1, "diagonal", false), (1, "x", true), (2, "y", true)], scores.Select(score => (score.Revision.Feature, score.Revision.Text, score.IsCurrent)));
        Near([0.6, 1, 0.5], scores.Select(score => score.Cosine));
        // diagonal with feature 2: (0.8 + 0.6) / 2; x with feature 2: 0.5; y with feature 1: 0.
        Near([0.7, 0.5, 0], scores.Select(score => score.Floor!.Value));
        Near([0.75, 0.25, 0.25, 0.25, 1], [summary.Cosine, summary.Floor!.Value, summary.FloorLow!.Value, summary.FloorHigh!.Value, summary.AboveFloor!.Value]);
        Assert.Equal(2, summary.Labels);
    }

    [Fact]
    public void Removed_labels_features_without_a_sound_and_texts_that_are_too_long_are_left_out()
    {
        var excerpts = new Dictionary<int, MeanDirection> { [1] = Mean([1, 0]) };
        var texts = new Dictionary<string, float[]> { ["x"] = [1, 0] };
        LabelRevision[] revisions = [Label(1, "x", 0), Label(1, "", 1), Label(1, "long", 2), Label(2, "x", 0)];
        var (scores, summary) = LabelScoring.Score(revisions, texts, excerpts, permutations: 10, seed: 1);
        Assert.Equal("x", Assert.Single(scores).Revision.Text);
        Assert.False(scores[0].IsCurrent);
        Assert.Null(scores[0].Floor);
        Assert.Equal(0, summary.Labels);
    }

    [Fact]
    public void The_floor_of_many_features_is_the_mean_over_the_others_and_a_seed_gives_it_again()
    {
        var random = new Random(5);
        var excerpts = Enumerable.Range(0, 12).ToDictionary(feature => feature, _ => Mean([.. Enumerable.Range(0, 4).Select(_ => random.NextSingle())]));
        var texts = new Dictionary<string, float[]> { ["t"] = [0.5f, 0.5f, 0.5f, 0.5f] };
        LabelRevision[] revisions = [.. Enumerable.Range(0, 12).Select(feature => Label(feature, "t", 0))];
        var (scores, _) = LabelScoring.Score(revisions, texts, excerpts, permutations: 20_000, seed: 3);
        foreach (var score in scores)
        {
            var others = excerpts.Where(pair => pair.Key != score.Revision.Feature).Average(pair => pair.Value.Cosine(texts["t"]));
            Assert.Equal(others, score.Floor!.Value, 0.01);
        }
        Assert.Equal(scores, LabelScoring.Score(revisions, texts, excerpts, permutations: 20_000, seed: 3).Scores);
        Assert.NotEqual(scores, LabelScoring.Score(revisions, texts, excerpts, permutations: 20_000, seed: 4).Scores);
    }

    [Fact]
    public void No_feature_keeps_its_own_label()
    {
        var random = new Random(1);
        int[] features = [3, 8, 9, 20, 41];
        for (var round = 0; round < 200; round++)
        {
            var order = LabelScoring.WithoutFixedPoint(features, random);
            Assert.Equal(features, order.Order());
            Assert.All(features.Zip(order), pair => Assert.NotEqual(pair.First, pair.Second));
        }
    }

    [Theory]
    [InlineData(5, 1)]
    [InlineData(10, 1)]
    [InlineData(11, 2)]
    [InlineData(20, 2)]
    [InlineData(25, 3)]
    public void Windows_cover_a_sound_and_the_last_one_ends_with_it(int samples, int expected)
    {
        float[] sound = [.. Enumerable.Range(0, samples).Select(at => (float)at)];
        foreach (var piece in (int[])[1, 3, 10, 100])
        {
            var windows = SoundWindows.Of(sound.Chunk(piece), 10).ToArray();
            Assert.Equal(expected, windows.Length);
            for (var window = 0; window < expected - 1; window++) Assert.Equal(sound[(window * 10)..(window * 10 + 10)], windows[window]);
            Assert.Equal(sound[Math.Max(0, samples - 10)..], windows[^1]);
        }
    }

    [Fact]
    public void A_file_s_labels_of_one_SAE_are_read_by_feature_and_time()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllLines(folder["labels.jsonl"],
        [
            "{\"export\":2,\"site\":\"5f0c11aa\",\"at\":\"2026-11-29T08:15:02.123Z\"}",
            Line("s", 7, "later", "2026-11-23T10:15:02.123Z"), Line("s", 7, "earlier", "2026-11-22T10:15:02.123Z"), Line("other", 3, "x", "2026-11-22T10:15:02.123Z"),
            Line("s", 2, "", "2026-11-22T10:15:02.123Z"), "{\"kind\":\"comment\",\"text\":\"skipped\"}",
        ]);
        Assert.Equal([(2, ""), (7, "earlier"), (7, "later")], LabelFile.Read(folder["labels.jsonl"], "s", features: 8).Select(label => (label.Feature, label.Text)));
    }

    [Theory]
    [InlineData("{\"kind\":\"label\",\"sae\":\"other\",\"feature\":5,\"text\":\"x\"}", "has no label of this SAE (weights s), but 1 of others")]
    [InlineData("{\"kind\":\"label\",\"sae\":\"s\",\"feature\":8,\"text\":\"x\",\"by\":{\"id\":\"a\"},\"at\":\"2026-11-22T10:15:02Z\"}", "line 1: \"feature\" is 8: expected an integer from 0 to 7")]
    [InlineData("{\"kind\":\"label\",\"sae\":\"s\",\"feature\":5,\"text\":\"x\",\"by\":{\"id\":\"a\"},\"at\":\"yesterday\"}", "line 1: \"at\" is \"yesterday\": expected a time")]
    [InlineData("{\"kind\":\"label\",\"sae\":\"s\",\"feature\":5,\"by\":{\"id\":\"a\"},\"at\":\"2026-11-22T10:15:02Z\"}", "line 1: \"text\" is missing")]
    [InlineData("[1]", "line 1 is not a line of an export")]
    [InlineData("{", "labels.jsonl line 1")]
    public void Labels_that_cannot_be_read_are_refused_with_their_line(string line, string said)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["labels.jsonl"], line + "\n");
        Assert.Contains(said, Assert.Throws<UserException>(() => LabelFile.Read(folder["labels.jsonl"], "s", features: 8)).Message, StringComparison.Ordinal);
    }

    private static string Line(string sae, int feature, string text, string at) =>
        JsonSerializer.Serialize(new { kind = "label", sae, feature, text, by = new { id = "local@5f0c11aa", name = "Ada" }, at });

    private static LabelRevision Label(int feature, string text, int hours) => new(feature, text, "local@5f0c11aa", Day.AddHours(hours));

    private static MeanDirection Mean(params float[][] units)
    {
        var mean = new MeanDirection(units[0].Length);
        foreach (var unit in units) mean.Add(unit);
        return mean;
    }

    private static void Near(double[] expected, IEnumerable<double> actual) => Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
}
