using SaeDashboard.Sae.Evaluation.GroundTruth;
using SaeDashboard.Sae.Tests.Features;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Tests.Evaluation.GroundTruth;

public class RidgeProbeTests
{
    [Fact]
    public void Is_the_ridge_regression_of_its_formula()
    {
        const int rows = 400, width = 7;
        var random = new Random(1);
        var x = RandomSae.Normal(random, 1, rows, width).mul(linspace(0.5, 4, width)).Add(3);
        var values = RandomSae.Rows(x);
        var labels = values.Select(row => (sbyte)(random.Next(10) == 0 ? 0 : row[1] - 0.3 * row[4] + random.NextDouble() > 3 ? 1 : -1)).ToArray();
        using var fit = new RidgeProbeFit(x, [.. Enumerable.Range(0, rows).Select(row => row / 8)]);
        var weights = fit.Fit(labels);

        // The penalty is one of the grid: gradient of Σ(y − b − wᵀz)² / n + λ‖w‖² is zero for one of them, z brought to variance 1 over all rows.
        var mean = Enumerable.Range(0, width).Select(i => values.Average(row => row[i])).ToArray();
        var deviation = Enumerable.Range(0, width).Select(i => Math.Sqrt(values.Average(row => Math.Pow(row[i] - mean[i], 2)))).ToArray();
        var counted = Enumerable.Range(0, rows).Where(row => labels[row] != 0).ToArray();
        var w = weights.Select((weight, i) => weight * deviation[i]).ToArray();
        double[] Z(int row) => [.. values[row].Select((value, i) => (value - mean[i]) / deviation[i])];
        double Prediction(int row) => Z(row).Zip(w, (a, b) => a * b).Sum();
        double Target(int row) => labels[row] == 1 ? 1 : 0;
        var intercept = counted.Average(row => Target(row) - Prediction(row));
        var pull = Enumerable.Range(0, width).Select(i => counted.Average(row => (Target(row) - intercept - Prediction(row)) * Z(row)[i])).ToArray();
        var penalty = pull.Zip(w, (a, b) => a * b).Sum() / w.Sum(weight => weight * weight);
        Assert.Contains(new[] { 1e-4, 1e-3, 1e-2, 1e-1, 1, 10 }, candidate => Math.Abs(candidate - penalty) < 1e-4 * candidate + 1e-6);
        Assert.All(pull.Zip(w), pair => Assert.Equal(penalty * pair.Second, pair.First, 1e-5));
    }

    [Fact]
    public void Noise_asks_for_a_large_penalty_and_a_missing_label_for_nothing()
    {
        var random = new Random(2);
        var x = RandomSae.Normal(random, 1, 120, 60);
        using var fit = new RidgeProbeFit(x, [.. Enumerable.Range(0, 120)]);
        var chance = fit.Fit([.. Enumerable.Range(0, 120).Select(_ => (sbyte)(random.Next(2) * 2 - 1))]);
        Assert.True(Math.Sqrt(chance.Sum(weight => weight * (double)weight)) < 0.05, "without cross-validation the weights' norm would be about 0.6");
        Assert.All(fit.Fit([.. Enumerable.Repeat((sbyte)1, 120)]), weight => Assert.Equal(0, weight));
    }
}
