using SaeDashboard.Core;
using SaeDashboard.MusicGen.Generation;

namespace SaeDashboard.MusicGen.Tests.Generation;

public class SamplerTests
{
    private static readonly float[] Logits = [0.5f, 2f, -1f, 2f, 1f, 0f, -3f, 1.5f];

    [Fact]
    public void Draws_follow_the_softmax()
    {
        var settings = new SamplingSettings(Temperature: 0.7, TopK: 0);
        var weights = Logits.Select(logit => Math.Exp(logit / 0.7)).ToArray();
        var counts = Count(settings, 40_000);
        for (var token = 0; token < Logits.Length; token++)
        {
            var probability = weights[token] / weights.Sum();
            // Five standard deviations of a binomial share.
            var slack = 5 * Math.Sqrt(probability * (1 - probability) / 40_000);
            Assert.InRange(counts[token] / 40_000.0, probability - slack, probability + slack);
        }
    }

    [Fact]
    public void Top_k_keeps_the_k_largest_and_their_equals()
    {
        Assert.Equal([1, 3], Drawn(new SamplingSettings(TopK: 1)));
        Assert.Equal([1, 3, 7], Drawn(new SamplingSettings(TopK: 3)));
        Assert.Equal([1, 3, 4, 7], Drawn(new SamplingSettings(TopK: 4)));
        Assert.Equal(8, Drawn(new SamplingSettings(TopK: 100)).Length);
    }

    [Fact]
    public void Every_k_of_many_logits_keeps_what_sorting_says()
    {
        var random = new Random(3);
        // Rounded, so that many are equal.
        var logits = Enumerable.Range(0, 300).Select(_ => MathF.Round(random.NextSingle() * 80 - 40) / 10).ToArray();
        logits[7] = -0f;
        logits[8] = 0f;
        var sorted = logits.OrderDescending().ToArray();
        var sampler = new Sampler(logits.Length);
        for (var k = 1; k <= logits.Length; k++)
        {
            // A scale so large that the noise decides among all kept: the smallest kept ones come up too.
            var settings = new SamplingSettings(TopK: k, Temperature: 1000);
            float Drawn(int column) => logits[sampler.Draw(logits, settings, new PhiloxNoise(1), 0, column, 0)];
            var drawn = Enumerable.Range(1, 200).Select(Drawn).ToArray();
            Assert.True(drawn.Min() >= sorted[k - 1]);
            if (k >= 20) Assert.InRange(drawn.Min(), sorted[k - 1], sorted[k * 9 / 10]);
        }
    }

    [Fact]
    public void Top_p_keeps_a_code_while_those_before_it_are_less()
    {
        // Probabilities, largest first: codes 1 and 3 .298 each, 7 .181, 4 .110, 0 .066, 5 .040, 2 .015, 6 .002.
        Assert.Equal([1], Drawn(new SamplingSettings(TopK: 0, TopP: 0.25)));
        Assert.Equal([1, 3], Drawn(new SamplingSettings(TopK: 0, TopP: 0.35)));
        Assert.Equal([1, 3, 7], Drawn(new SamplingSettings(TopK: 0, TopP: 0.7)));
        // Among the first two alone, each has half.
        Assert.Equal([1], Drawn(new SamplingSettings(TopK: 2, TopP: 0.45)));
    }

    [Fact]
    public void Greedy_takes_the_first_of_equals()
    {
        Assert.Equal([1], Drawn(new SamplingSettings(Greedy: true)));
        Assert.Equal(0, new Sampler(3).Draw([1f, 1f, 1f], new SamplingSettings(Greedy: true), new PhiloxNoise(1), 0, 1, 0));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Logits_that_are_not_finite_give_no_code(float bad) =>
        Assert.Equal(-1, new Sampler(3).Draw([1f, bad, 0f], new SamplingSettings(), new PhiloxNoise(1), 0, 1, 0));

    [Fact]
    public void Settings_out_of_range_are_refused()
    {
        SamplingSettings[] wrong =
        [
            new(Guidance: -1), new(Guidance: double.NaN), new(Temperature: 0), new(Temperature: double.PositiveInfinity), new(TopK: -1),
            new(TopP: 0), new(TopP: 1.01), new(TopP: double.NaN),
        ];
        foreach (var settings in wrong) Assert.Throws<UserException>(settings.Validate);
        new SamplingSettings().Validate();
    }

    private static int[] Drawn(SamplingSettings settings)
    {
        var counts = Count(settings, 20_000);
        return [.. Enumerable.Range(0, counts.Length).Where(token => counts[token] > 0)];
    }

    private static int[] Count(SamplingSettings settings, int draws)
    {
        var sampler = new Sampler(Logits.Length);
        var counts = new int[Logits.Length];
        for (var column = 1; column <= draws; column++) counts[sampler.Draw(Logits, settings, new PhiloxNoise(5), 0, column, 0)]++;
        return counts;
    }
}
