using SaeDashboard.Core;
using SaeDashboard.Core.Steering;
using SaeDashboard.Sae.Steering.Ladders;

namespace SaeDashboard.Sae.Tests.Steering.Ladders;

/// <summary>Ladders from clips that are given: which clips are asked for, the figures by a second computation, the levels, the side effects.</summary>
public sealed class LadderAnalysisTests
{
    private const int Seeds = 6, Steered = 3;

    // qt(0.975, 5).
    private const double T5 = 2.570581835636314;

    private static readonly LadderPlan Plan = new()
    {
        Settings = new LadderSettings { Features = [Steered], Seeds = Seeds, Strengths = [1, 2, 4, 8], Seconds = 1, ReferenceClips = 5 },
        SaeHash = "s",
        ModelHash = "m",
        DatasetHash = "d",
        Frames = 50,
        Descriptors = ["level", "pitch"],
        Reference = new LadderReference(5, -40, 3, 8, 0),
        Kept = 100,
        Features = [new LadderFeature { Feature = Steered, P99 = 0.5, UnitLength = 7, Near = [Steered, 4] }],
    };

    [Fact]
    public void Strengths_up_to_two_are_asked_for_at_once_and_a_larger_one_when_those_before_it_did_not_break()
    {
        var analysis = new LadderAnalysis(Plan);
        var first = analysis.Missing().ToArray();
        Assert.Equal(Seeds * 5, first.Length);
        Assert.Equal([-2, -1, 0, 1, 2], first.Select(key => key.Strength).Distinct().Order());
        Assert.Equal(Seeds * 9, analysis.Total());
        Assert.Equal(Seeds * 9, LadderAnalysis.Most(Plan.Settings, 1));
        // Order and repetition do not matter.
        foreach (var key in first.Reverse().Append(first[0])) analysis.Add(Line(key, level: key.Strength == -2 && key.Seed < 3 ? -70 : -20));
        // Three of six at −2 are silent, and the direction ends.
        Assert.Equal(Enumerable.Repeat(4.0, Seeds), analysis.Missing().Select(key => key.Strength));
        Assert.Equal(Seeds * 7, analysis.Total());
        foreach (var key in analysis.Missing().ToArray()) analysis.Add(Line(key));
        foreach (var key in analysis.Missing().ToArray()) analysis.Add(Line(key) with { Ended = true });
        Assert.Empty(analysis.Missing());
        Assert.Equal(analysis.Count, analysis.Total());
        var ladder = analysis.Ladder(Plan.Features[0]);
        Assert.Equal([-2, -1, 1, 2, 4, 8], ladder.Rungs.Select(rung => rung.Strength));
        Assert.Equal((LadderFault.Silent, 3), (ladder.At(-2)!.Fault, ladder.At(-2)!.Broken));
        Assert.Equal((LadderFault.NotFinite, Seeds, LadderLevel.Breaks), (ladder.At(8)!.Fault, ladder.At(8)!.Broken, ladder.At(8)!.Level));
        Assert.All(ladder.At(8)!.Deltas, Assert.Null);
        Assert.Equal((-2.0, 8.0), (ladder.Down.Breaks, ladder.Up.Breaks));
    }

    [Fact]
    public void A_clip_that_is_broken_without_steering_too_breaks_nothing()
    {
        var analysis = new LadderAnalysis(Plan);
        for (var keys = analysis.Missing().ToArray(); keys.Length > 0; keys = [.. analysis.Missing()])
            foreach (var key in keys) analysis.Add(Line(key, level: key.Seed < 3 ? -70 : -20));
        Assert.Equal(Seeds * 9, analysis.Count);
        Assert.All(analysis.Ladder(Plan.Features[0]).Rungs, rung => Assert.Equal(0, rung.Broken));
    }

    [Fact]
    public void The_figures_of_a_strength_are_those_of_a_second_computation()
    {
        var random = new Random(11);
        float[][] base0 = [.. Enumerable.Range(0, Seeds).Select(_ => Draw(random, 2))], base1 = [.. base0.Select(values => values.Zip(Draw(random, 2), (value, noise) => value + 0.3f * noise).ToArray())];
        float[][] spectra0 = [.. Enumerable.Range(0, Seeds).Select(_ => Draw(random, 5))], spectra1 = [.. Enumerable.Range(0, Seeds).Select(_ => Draw(random, 5))];
        var rung = Whole((key, line) => line with { Values = [.. (key.Strength == 1 ? base1 : base0)[key.Seed].Select(value => (float?)value)], Spectrum = (key.Strength == 1 ? spectra1 : spectra0)[key.Seed] }).At(1)!;

        for (var descriptor = 0; descriptor < 2; descriptor++)
        {
            double[] differences = [.. Enumerable.Range(0, Seeds).Select(seed => (double)base1[seed][descriptor] - base0[seed][descriptor])];
            Near(differences, rung.Deltas[descriptor]!);
        }
        double Rms(float[] one, float[] other) => Math.Sqrt(one.Zip(other, (a, b) => Math.Pow((double)a - b, 2)).Sum() / one.Length);
        double[] between = [.. Enumerable.Range(0, Seeds).Select(one => Enumerable.Range(0, Seeds).Where(other => other != one).Sum(other => Rms(spectra0[one], spectra0[other])) / (Seeds - 1))];
        Near([.. Enumerable.Range(0, Seeds).Select(seed => Rms(spectra1[seed], spectra0[seed]) - between[seed])], rung.Spectrum!);

        var noise = Whole((key, line) => line with { Values = [.. base0[key.Seed].Select(value => (float?)value)], Coding = [.. base0[key.Seed].Select(value => (float?)(0.01f * value))] }).Noise;
        for (var descriptor = 0; descriptor < 2; descriptor++)
        {
            double[] values = [.. base0.Select(one => (double)one[descriptor])];
            Assert.Equal(Math.Sqrt(values.Sum(value => Math.Pow(value - values.Average(), 2)) / (Seeds - 1)), noise.Deviations[descriptor]!.Value, 3);
            Assert.Equal(values.Average(value => Math.Abs(0.01 * value)), noise.Coding[descriptor]!.Value, 4);
        }

        static void Near(double[] differences, LadderInterval interval)
        {
            var mean = differences.Average();
            var half = T5 * Math.Sqrt(differences.Sum(value => Math.Pow(value - mean, 2)) / (Seeds - 1) / Seeds);
            // Four digits are kept.
            Assert.Equal([mean, mean - half, mean + half], new[] { interval.Mean, interval.Low, interval.High }, (one, other) => Math.Abs(one - other) <= 5e-4 * Math.Abs(one) + 1e-12);
        }
    }

    [Fact]
    public void What_moves_alike_over_the_seeds_is_audible_and_as_far_as_another_take_is_strong()
    {
        // Between seeds the level is ±1 or so; what is added is the same for every seed, but for a little.
        LadderLevel Level(float added, float spread, float coding = 0) => Whole((key, line) => line with
        {
            Values = [-20 + Sign(key.Seed) + (key.Strength == 2 ? added + spread * Sign(key.Seed / 2) : 0), null],
            Coding = key.Feature < 0 ? [coding, null] : [],
        }).At(2)!.Level;
        Assert.Equal(LadderLevel.Unsure, Level(0, 0.1f));
        Assert.Equal(LadderLevel.Unsure, Level(0.3f, 1));
        Assert.Equal(LadderLevel.Audible, Level(0.3f, 0.05f));
        // What the codec changes as much by itself is nothing.
        Assert.Equal(LadderLevel.Unsure, Level(0.3f, 0.05f, coding: 0.4f));
        Assert.Equal(LadderLevel.Strong, Level(2, 0.05f));
        Assert.Equal(LadderLevel.Strong, Level(-2, 0.05f));
        // By the spectrum alone: twice as far as two takes are apart.
        var ladder = Whole((key, line) => line with { Spectrum = [Sign(key.Seed) + (key.Strength == 2 ? 6 * Sign(key.Seed) : 0), key.Strength == 1 ? 0.01f * key.Seed : 0] });
        Assert.Equal((LadderLevel.Strong, LadderLevel.Unsure), (ladder.At(2)!.Level, ladder.At(1)!.Level));
        Assert.True(ladder.At(1)!.Spectrum!.High < 0);

        static float Sign(int seed) => seed % 2 == 0 ? 1 : -1;
    }

    [Fact]
    public void Side_effects_are_the_other_features_that_moved_surely()
    {
        var ladder = Whole((key, line) => key.Strength == 2
            ? line with { Features = [1, Steered, 4, 9, 12], Means = [0.5f + 0.01f * key.Seed, 3, 2, 0.2f + 0.001f * key.Seed, key.Seed == 0 ? 5 : 0.001f] }
            : line with { Features = [9, 20], Means = [0.4f, 0.1f] });
        var side = ladder.Sides.Single(side => side.Strength == 2);
        // 12 moved in one seed alone; 3 is itself, 4 near it; 20 stopped.
        Assert.Equal((3, 98), (side.Moved, side.Of));
        Assert.Equal([1, 9, 20], side.Features.Select(move => move.Feature));
        Assert.Equal([0.525, -0.1975, -0.1], side.Features.Select(move => move.Mean));
        Assert.True(side.Features.All(move => move.Low <= move.Mean && move.Mean <= move.High));
        Assert.Equal(3, ladder.At(2)!.Own!.Mean);
        // The other direction does nothing.
        Assert.Equal((0, -2.0), (ladder.Sides[0].Moved, ladder.Sides[0].Strength));
    }

    [Fact]
    public void A_clip_is_broken_when_it_is_outside_of_what_the_datasets_clips_are()
    {
        var line = Line(new LadderKey(Steered, 1, 0, 0));
        Assert.Null(LadderRules.FaultOf(line, Plan.Reference));
        Assert.Equal(LadderFault.Silent, LadderRules.FaultOf(line with { Level = -40.1f }, Plan.Reference));
        // Louder is not broken.
        Assert.Null(LadderRules.FaultOf(line with { Level = -1 }, Plan.Reference));
        Assert.Equal(LadderFault.Clipped, LadderRules.FaultOf(line with { Clipped = 0.002f }, Plan.Reference));
        Assert.Equal(LadderFault.Repetitive, LadderRules.FaultOf(line with { Entropy = 2.9f }, Plan.Reference));
        Assert.Equal(LadderFault.Disordered, LadderRules.FaultOf(line with { Entropy = 8.1f }, Plan.Reference));
        // Bits: 1 for two codes in turn, 0 for one, 2 for four.
        Assert.Equal(1, LadderRules.Entropy([[1, 2, 1, 2], [7, 7, 7, 7], [1, 2, 3, 4]]), 12);
        Assert.Equal([0.001235, -12350, 0, 1.235], new[] { 0.00123456, -12345.6, 0, 1.23456 }.Select(LadderRules.Short), (one, other) => Math.Abs(one - other) < 1e-9 + 5 * Math.Abs(one) / 1e4);
        // A dataset may have silence in it.
        Assert.Equal(new LadderReference(101, -75, 9.75, 100, 0), LadderRules.Reference([.. Enumerable.Range(0, 101).Select(each => each - 80f)], [.. Enumerable.Range(0, 101).Select(each => (float)each)], [0]));
        Assert.Equal([false, true, false, true, false], new[] { (3, 8), (4, 8), (7, 16), (8, 16), (2, 3) }.Select(each => LadderRules.Breaks(each.Item1, each.Item2)));
        Assert.Throws<UserException>(() => (Plan.Settings with { Seeds = 2 }).Validate());
        Assert.Throws<UserException>(() => (Plan.Settings with { Strengths = [2, 1] }).Validate());
        Assert.Throws<UserException>(() => (Plan.Settings with { Features = [] }).Validate());
        Plan.Settings.Validate();
    }

    /// <summary>The ladder of ±1 and ±2, whose clips are as given.</summary>
    private static FeatureLadder Whole(Func<LadderKey, LadderLine, LadderLine> given)
    {
        var plan = Plan with { Settings = Plan.Settings with { Strengths = [1, 2] } };
        var analysis = new LadderAnalysis(plan);
        foreach (var key in analysis.Missing().ToArray()) analysis.Add(given(key, Line(key)));
        Assert.Empty(analysis.Missing());
        return analysis.Ladder(plan.Features[0]);
    }

    private static LadderLine Line(LadderKey key, float level = -20) => new() { Key = key, Values = [level, null], Spectrum = [0, 0], Level = level, Entropy = 5, Coding = key.Feature < 0 ? [0, null] : [] };

    private static float[] Draw(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(10 * random.NextDouble()))];
}
