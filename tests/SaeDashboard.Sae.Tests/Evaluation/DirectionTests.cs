using SaeDashboard.Core;
using SaeDashboard.Sae.Evaluation.Directions;
using SaeDashboard.Sae.Tests.Features;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Tests.Evaluation;

/// <summary>What is said of features by their directions: cosines, stability, output scores.</summary>
public class DirectionTests
{
    private const int Width = 12;
    private const int Features = 50;

    [Fact]
    public void Cosines_are_the_largest_with_another_direction()
    {
        var random = new Random(1);
        using var directions = RandomSae.Normal(random, 1, Features, Width);
        directions.narrow(0, 7, 1).zero_();
        directions.narrow(0, 9, 1).copy_(directions.narrow(0, 3, 1).Mul(2));
        using var others = RandomSae.Normal(random, 3, 31, Width);
        var (mine, theirs) = (RandomSae.Rows(directions), RandomSae.Rows(others));
        var (largest, best) = (DecoderCosines.Largest(directions), DecoderCosines.Best(directions, others));
        for (var i = 0; i < Features; i++)
        {
            Assert.Equal(mine.Where((_, j) => j != i).Max(row => Cosine(mine[i], row)), largest[i], 1e-5);
            Assert.Equal(theirs.Max(row => Cosine(mine[i], row)), best[i], 1e-5);
        }

        Assert.Equal((1f, 1f, 0f), (MathF.Round(largest[3], 5), MathF.Round(largest[9], 5), largest[7]));
        using var one = RandomSae.Normal(random, 1, 1, Width);
        Assert.Equal([0f], DecoderCosines.Largest(one));
    }

    [Fact]
    public void Summaries_count_what_is_asked_for()
    {
        var summary = CosineSummary.Of([0.95f, 0.8f, 0.1f, 0.75f, -1f], feature => feature != 4);
        Assert.Equal(4, summary.Features);
        Assert.Equal(0.775, summary.Median!.Value, 1e-6);
        Assert.Equal((0.75, 0.25), (summary.Above07, summary.Above09));
        Assert.Equal(new CosineSummary(0, null, null, null), CosineSummary.Of([0.5f], _ => false));
    }

    [Fact]
    public void An_sae_is_stable_against_itself_and_its_permutation_and_not_against_chance()
    {
        using var sae = RandomSae.Create(3, 64, Features, 4);
        var order = Enumerable.Range(0, Features).OrderBy(j => j * 17 % Features).Select(j => (long)j).ToArray();
        using var permuted = new SparseAutoencoder(sae.Config, new Dictionary<string, Tensor>
        {
            ["W_enc"] = sae.WEnc.index_select(1, tensor(order)),
            ["W_dec"] = sae.WDec.index_select(0, tensor(order)).mul(3),
            ["b_enc"] = sae.BEnc.index_select(0, tensor(order)),
            ["b_dec"] = sae.BDec.clone(),
        });
        using var stranger = RandomSae.Create(4, 64, Features, 4);
        foreach (var (second, stable) in new[] { (sae, true), (permuted, true), (stranger, false) })
        {
            var (report, best) = StabilityReport.Of(sae, second, feature => feature != 0);
            Assert.Equal(second.WeightsHash, report.Second);
            Assert.Equal((Features, Features - 1), (best.Length, report.Alive.Features));
            Assert.InRange(report.Alive.Median!.Value, stable ? 1 - 1e-5 : 0, stable ? 1 : 0.6);
            Assert.Equal(stable ? 1 : 0, report.Alive.Above09);
            Assert.InRange(report.Chance.Median!.Value, 0.1, 0.6);
        }

        using var narrow = RandomSae.Create(4, 32, Features, 4);
        Assert.Contains("width 32", Assert.Throws<UserException>(() => StabilityReport.Of(sae, narrow, _ => true)).Message);
    }

    [Fact]
    public void An_output_score_is_the_mean_divergence_and_0_where_nothing_moves()
    {
        const int Codebooks = 2, Vocabulary = 21;
        var random = new Random(5);
        int[] features = [4, 1, 6];
        var meter = new OutputScoreMeter(features, Codebooks);
        var expected = new double[3];
        var changes = new double[3];
        for (var column = 0; column < 4; column++)
        {
            using var original = RandomSae.Normal(random, 1, Codebooks, Vocabulary);
            using var moved = RandomSae.Normal(random, 0.5, 3, Codebooks, Vocabulary);
            // The second feature does nothing at all.
            moved.narrow(0, 1, 1).zero_();
            using var changed = moved.Add(original);
            meter.Add(original, changed.narrow(0, 0, 2), 0, random: false);
            meter.Add(original, changed.narrow(0, 2, 1), 2, random: false);
            meter.Add(original, original.expand(3, Codebooks, Vocabulary), 0, random: true);
            meter.NextColumn();
            var before = RandomSae.Rows(original);
            var after = RandomSae.Rows(changed.reshape(3 * Codebooks, Vocabulary));
            for (var row = 0; row < 3 * Codebooks; row++)
            {
                var (p, q) = (LogSoftmax(before[row % Codebooks]), LogSoftmax(after[row]));
                expected[row / Codebooks] += p.Zip(q, (a, b) => Math.Exp(a) * (a - b)).Sum() / Codebooks / 4;
                changes[row / Codebooks] += before[row % Codebooks].Zip(after[row], (a, b) => Math.Abs(a - b)).Average() / Codebooks / 4;
            }
        }

        var scores = meter.Finish(8, "none");
        for (var place = 0; place < 3; place++)
        {
            Assert.Equal(expected[place], scores.Score[features[place]], 1e-6);
            Assert.Equal(changes[place], scores.LogitChange[features[place]], 1e-6);
            Assert.Equal(0, scores.RandomScore[features[place]]);
        }

        Assert.Equal((0f, 0f), (scores.Score[1], scores.LogitChange[1]));
        Assert.Equal([0, 2, 3, 5, 7], Enumerable.Range(0, 8).Where(feature => float.IsNaN(scores.Score[feature])));
        Assert.Equal((3, 4), (scores.Report.Features, scores.Report.Columns));
        Assert.Equal(2 / 3.0, scores.Report.AboveRandom);
        Assert.Equal(expected.Order().ElementAt(1), scores.Report.MedianScore!.Value, 1e-9);
    }

    private static double Cosine(double[] a, double[] b)
    {
        var norms = Math.Sqrt(a.Sum(value => value * value) * b.Sum(value => value * value));
        return norms == 0 ? 0 : a.Zip(b, (x, y) => x * y).Sum() / norms;
    }

    private static double[] LogSoftmax(double[] row)
    {
        var sum = Math.Log(row.Sum(Math.Exp));
        return [.. row.Select(value => value - sum)];
    }
}
