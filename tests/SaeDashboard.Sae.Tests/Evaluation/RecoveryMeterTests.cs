using SaeDashboard.Core;
using SaeDashboard.Sae.Evaluation.Recovery;
using SaeDashboard.Sae.Tests.Features;
using SaeDashboard.Torch.Extensions;
using TorchSharp;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Tests.Evaluation;

public class RecoveryMeterTests
{
    private const int Columns = 9;
    private const int Codebooks = 3;

    // No multiple of any vector width.
    private const int Vocabulary = 37;

    [Fact]
    public void Every_figure_equals_its_formula()
    {
        var random = new Random(1);
        var meter = new RecoveryMeter(Codebooks);
        var cells = new List<(int Codebook, double[] Entropies, double[] Divergences)>();
        for (var clip = 0; clip < 5; clip++)
        {
            using var logits = RandomSae.Normal(random, 2, 4, Columns, Codebooks, Vocabulary);
            var targets = Targets(random);
            meter.Add(logits, targets);
            cells.AddRange(Naive(logits, targets));
        }

        var report = meter.Finish("caption", 4, "these clips");
        Assert.Equal(("caption", 5, 4), (report.Condition, report.Clips, report.FirstColumn));
        Assert.Equal([0, 1, 2], report.Codebooks.Select(row => row.Codebook!.Value));
        foreach (var row in report.Codebooks.Append(report.Overall))
        {
            var mine = cells.Where(cell => row.Codebook is null || cell.Codebook == row.Codebook).ToArray();
            Assert.Equal(mine.Length, row.Cells);
            var ce = Enumerable.Range(0, 4).Select(arm => mine.Average(cell => cell.Entropies[arm])).ToArray();
            var kl = Enumerable.Range(0, 4).Select(arm => mine.Average(cell => cell.Divergences[arm])).ToArray();
            double[] expected = [.. ce, .. kl[1..], (ce[2] - ce[1]) / (ce[2] - ce[0]), (ce[3] - ce[1]) / (ce[3] - ce[0]), 1 - kl[1] / kl[2], 1 - kl[1] / kl[3]];
            double?[] actual =
            [
                row.CrossEntropy, row.CrossEntropySae, row.CrossEntropyZero, row.CrossEntropyMean, row.KlSae, row.KlZero, row.KlMean,
                row.CrossEntropyRecoveredOfZero.Value, row.CrossEntropyRecoveredOfMean.Value, row.KlRecoveredOfZero.Value, row.KlRecoveredOfMean.Value,
            ];
            for (var i = 0; i < expected.Length; i++)
            {
                // Where the random "ablation" happens to do better than the model, nothing can be recovered.
                if (actual[i] is null) Assert.True(i is 7 && ce[2] <= ce[0] || i is 8 && ce[3] <= ce[0]);
                else Assert.Equal(expected[i], actual[i]!.Value, 1e-9 * Math.Max(1, Math.Abs(expected[i])));
            }
        }

        var share = report.Overall.KlRecoveredOfZero;
        Assert.True(share.Low < share.Value && share.Value < share.High);
    }

    [Fact]
    public void The_same_logits_recover_everything_and_those_of_the_ablation_nothing()
    {
        var random = new Random(2);
        var (same, lost) = (new RecoveryMeter(Codebooks), new RecoveryMeter(Codebooks));
        for (var clip = 0; clip < 3; clip++)
        {
            // The right code has the largest logit in the unmodified model, so that every ablation costs something.
            var targets = Targets(random);
            using var noise = RandomSae.Normal(random, 1, 3, Columns, Codebooks, Vocabulary);
            var sharp = noise.select(0, 0).clone();
            for (var cell = 0; cell < targets.Length; cell++)
            {
                if (targets[cell] >= 0) sharp.select(0, cell / Codebooks).select(0, cell % Codebooks).narrow(0, targets[cell], 1).AddInPlace(4);
            }

            var (zero, mean) = (noise.select(0, 1), noise.select(0, 2));
            same.Add(stack([sharp, sharp, zero, mean], 0), targets);
            lost.Add(stack([sharp, zero, zero, mean], 0), targets);
        }

        var all = same.Finish("none", 4, "").Overall;
        Assert.Equal(0, all.KlSae);
        Assert.Equal(all.CrossEntropy, all.CrossEntropySae);
        foreach (var share in new[] { all.CrossEntropyRecoveredOfZero, all.CrossEntropyRecoveredOfMean, all.KlRecoveredOfZero, all.KlRecoveredOfMean })
            Assert.Equal(new RecoveredShare(1, 1, 1), share);
        var nothing = lost.Finish("none", 4, "").Overall;
        Assert.Equal(new RecoveredShare(0, 0, 0), nothing.CrossEntropyRecoveredOfZero);
        Assert.Equal(new RecoveredShare(0, 0, 0), nothing.KlRecoveredOfZero);
    }

    [Fact]
    public void One_clip_has_no_interval_and_an_ablation_that_costs_nothing_no_share()
    {
        var random = new Random(3);
        var meter = new RecoveryMeter(Codebooks);
        using var one = RandomSae.Normal(random, 1, 1, Columns, Codebooks, Vocabulary);
        meter.Add(one.expand(4, Columns, Codebooks, Vocabulary), Targets(random));
        var all = meter.Finish("none", 4, "").Overall;
        Assert.Equal(new RecoveredShare(null, null, null), all.CrossEntropyRecoveredOfZero);
        Assert.Equal(new RecoveredShare(null, null, null), all.KlRecoveredOfMean);
    }

    [Fact]
    public void A_nearly_equal_row_has_a_divergence_of_the_second_order()
    {
        // KL(p‖p + ε) = ε²·Var_p(δ)/2: with ε = 1e-3 in float32 a direct float32 sum would be noise.
        var random = new Random(4);
        using var one = RandomSae.Normal(random, 1, 1, Columns, Codebooks, Vocabulary);
        using var near = one.Add(RandomSae.Normal(random, 1e-3, 1, Columns, Codebooks, Vocabulary));
        var targets = Targets(random);
        var meter = new RecoveryMeter(Codebooks);
        using var logits = cat([one, near, near, near], 0);
        meter.Add(logits, targets);
        var expected = Naive(logits, targets).Average(cell => cell.Divergences[1]);
        Assert.InRange(meter.Finish("none", 4, "").Overall.KlSae / expected, 1 - 1e-6, 1 + 1e-6);
        Assert.InRange(expected, 1e-8, 1e-6);
    }

    [Fact]
    public void Logits_that_are_not_finite_and_an_empty_split_are_refused()
    {
        var meter = new RecoveryMeter(1);
        Assert.Contains("Nothing to measure", Assert.Throws<UserException>(() => meter.Finish("none", 4, "")).Message);
        using var logits = zeros([4, 2, 1, 5], ScalarType.Float32);
        logits.select(0, 1).Fill(float.NaN);
        Assert.Contains("reconstruction", Assert.Throws<UserException>(() => meter.Add(logits, [-1, 2])).Message);
        Assert.Throws<ArgumentException>(() => meter.Add(logits, [0, 1, 2]));
        Assert.Throws<ArgumentException>(() => meter.Add(logits, [0, 5]));
    }

    [Fact]
    public void The_mean_is_that_of_all_columns()
    {
        var mean = new ColumnMean(2);
        using var first = tensor(new float[] { 1, 2, 3, 4 }).reshape(2, 2);
        using var second = tensor(new float[] { 5, 9 }).reshape(1, 2);
        mean.Add(first);
        mean.Add(second);
        using var result = mean.Mean();
        Assert.Equal([3f, 5f], result.data<float>().ToArray());
        Assert.Equal(3, mean.Count);
    }

    private static int[] Targets(Random random) =>
        [.. Enumerable.Range(0, Columns * Codebooks).Select(cell => cell / Codebooks < 4 ? -1 : random.Next(Vocabulary))];

    private static IEnumerable<(int Codebook, double[] Entropies, double[] Divergences)> Naive(Tensor logits, int[] targets)
    {
        var values = logits.contiguous().data<float>().ToArray();
        for (var cell = 0; cell < targets.Length; cell++)
        {
            if (targets[cell] < 0) continue;
            var logs = Enumerable.Range(0, 4).Select(arm =>
            {
                var row = values.AsSpan((arm * targets.Length + cell) * Vocabulary, Vocabulary).ToArray();
                var sum = Math.Log(row.Sum(value => Math.Exp(value)));
                return row.Select(value => value - sum).ToArray();
            }).ToArray();
            yield return (
                cell % Codebooks,
                [.. logs.Select(row => -row[targets[cell]])],
                [.. logs.Select(row => logs[0].Zip(row, (p, q) => Math.Exp(p) * (p - q)).Sum())]);
        }
    }
}
