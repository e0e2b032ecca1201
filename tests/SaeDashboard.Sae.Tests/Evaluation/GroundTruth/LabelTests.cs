using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Sae.Evaluation.GroundTruth;

namespace SaeDashboard.Sae.Tests.Evaluation.GroundTruth;

public class LabelTests
{
    private const double FrameRate = 50;

    [Fact]
    public void Spans_tails_and_the_rest()
    {
        var labels = new sbyte[50];
        // 0.1–0.2 s is frames 5–9, its tail 10–24, but 0.3–0.4 s is in it: frames 15–19, tail 20–34.
        FrameLabels.Fill([new Span(0.1, 0.2), new Span(0.3, 0.4)], labels, FrameRate, 0.3);
        Assert.Equal(Runs((-1, 5), (1, 5), (0, 5), (1, 5), (0, 15), (-1, 15)), labels);

        // Up to the clip's end and beyond, and empty spans: no frame, but a tail where they end.
        FrameLabels.Fill([new Span(0.9, 1.2), new Span(0.2, 0.2)], labels, FrameRate, 0.1);
        Assert.Equal(Runs((-1, 10), (0, 5), (-1, 30), (1, 5)), labels);

        FrameLabels.Fill([], labels, FrameRate, 0.3);
        Assert.Equal(Runs((-1, 50)), labels);
    }

    [Fact]
    public void A_frame_belongs_where_its_middle_is()
    {
        var labels = new sbyte[5];
        // The middles are 0.01, 0.03, 0.05, …
        FrameLabels.Fill([new Span(0.029, 0.049)], labels, FrameRate, 0);
        Assert.Equal(Runs((-1, 1), (1, 1), (-1, 3)), labels);
        FrameLabels.Fill([new Span(0.031, 0.051)], labels, FrameRate, 0);
        Assert.Equal(Runs((-1, 2), (1, 1), (-1, 2)), labels);
    }

    [Theory]
    [InlineData(10, 0, 1)]
    [InlineData(9, 0, 0)]
    [InlineData(3, 0, 0)]
    [InlineData(2, 0, -1)]
    [InlineData(2, 50, -1)]
    [InlineData(0, 0, -1)]
    public void A_clip_is_positive_from_a_tenth_on_and_negative_to_a_fiftieth(int positive, int tail, int expected) =>
        Assert.Equal(expected, ConceptTruth.Label(Runs((1, positive), (0, tail), (-1, 100 - positive - tail)), 0.1, 0.02, tailIsNegative: true));

    [Theory]
    [InlineData(25, 0, 1)]
    [InlineData(24, 0, 0)]
    [InlineData(1, 0, -1)]
    [InlineData(0, 1, -1)]
    [InlineData(0, 15, 0)]
    [InlineData(25, 15, 1)]
    public void A_second_that_is_mostly_tail_is_left_out(int positive, int tail, int expected) =>
        Assert.Equal(expected, ConceptTruth.Label(Runs((1, positive), (0, tail), (-1, 50 - positive - tail)), 0.5, 0.02, tailIsNegative: false));

    [Fact]
    public void Every_level_from_the_same_spans()
    {
        var options = new GroundTruthOptions { Lags = [-1, 2] };
        var layout = new TruthLayout(2, 110, options);
        var annotations = RandomTruth.Annotate(new()
        {
            ["a"] = new() { ["inst.x"] = [[1.0, 1.6]], ["key.0"] = [[0.0, 2.2]] },
            ["b"] = new() { ["inst.x"] = [] },
        });
        var truth = new ConceptTruth(annotations, ["inst.x", "key.0"], 1, ["a", "b"], layout, options);

        // Clip a: 30 of 107 measured frames; clip b has no key at all, so nothing can be said about key.0.
        Assert.Equal([1, -1], truth.At(TruthLevel.Clips).Of(0));
        Assert.Equal([1, 0], truth.At(TruthLevel.Clips).Of(1));
        // Two whole seconds a clip; the second holds 30 of 50 frames.
        Assert.Equal([-1, 1, -1, -1], truth.At(TruthLevel.Seconds).Of(0));
        var frames = truth.At(TruthLevel.Frames).Of(0);
        Assert.Equal(Runs((0, 2), (-1, 50), (1, 30), (0, 15), (-1, 15), (0, 2)), frames[..layout.Stride]);
        Assert.Equal(Runs((0, 2), (-1, 110), (0, 2)), frames[layout.Stride..]);
        Assert.Equal(1, truth.PositiveClips(TruthLevel.Frames, 0));
        // At lag 2 columns 4..110 meet frames 1..107: all 30 positive ones, and 49 + 15 − 2 + 107 negative ones.
        var totals = LabelTotals.Count(truth, TruthLevel.Frames, 2);
        Assert.Equal((30L, 49 + 13 + 107L), (totals.Positives[0], totals.Negatives[0]));

        var missing = Assert.Throws<UserException>(() => new ConceptTruth(annotations, ["inst.x"], 1, ["a", "c"], layout, options));
        Assert.Contains("'c'", missing.Message, StringComparison.Ordinal);
    }

    private static sbyte[] Runs(params (int Label, int Count)[] runs) => [.. runs.SelectMany(run => Enumerable.Repeat((sbyte)run.Label, run.Count))];
}
