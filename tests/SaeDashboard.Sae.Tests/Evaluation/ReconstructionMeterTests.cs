using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Saes;
using SaeDashboard.Sae.Evaluation;
using SaeDashboard.Sae.Features;
using SaeDashboard.Sae.Tests.Features;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Tests.Evaluation;

public class ReconstructionMeterTests
{
    private const int Width = 10;
    private const int Features = 40;
    private const int Columns = 70;

    [Theory]
    [InlineData(SaeArchitecture.TopK)]
    [InlineData(SaeArchitecture.JumpRelu)]
    [InlineData(SaeArchitecture.Standard)]
    public void Every_figure_equals_its_formula(SaeArchitecture architecture)
    {
        using var sae = RandomSae.Create(1, Width, Features, 4, architecture);
        var source = MemorySource.Random(2, Width, Columns, 12, "test");
        var report = Measure(sae, source);

        // Everything again, densely and in float64.
        var x = new List<(int Column, double[] Value)>();
        var output = new List<double[]>();
        var latents = new List<double[]>();
        foreach (var clip in source.Clips())
        {
            var all = RandomSae.Rows(clip.Columns);
            var f = RandomSae.Rows(sae.Encode(clip.Columns));
            var decoder = RandomSae.Rows(sae.WDec);
            var offset = sae.BDec.data<float>().ToArray();
            for (var column = 4; column <= Columns; column++)
            {
                x.Add((column, all[column - 1]));
                latents.Add(f[column - 1]);
                output.Add([.. Enumerable.Range(0, Width).Select(i => offset[i] + Enumerable.Range(0, Features).Sum(j => f[column - 1][j] * decoder[j][i]))]);
            }
        }

        var n = x.Count;
        var error = x.Zip(output, (a, b) => Squared(a.Value.Zip(b, (p, q) => p - q))).Average();
        var mean = Mean(x.Select(entry => entry.Value));
        var variance = x.Average(entry => Squared(entry.Value.Zip(mean, (p, q) => p - q)));
        var perColumn = x.GroupBy(entry => entry.Column).Sum(group =>
        {
            var here = Mean(group.Select(entry => entry.Value));
            return group.Sum(entry => Squared(entry.Value.Zip(here, (p, q) => p - q)));
        }) / n;

        Assert.Equal("test", report.Split);
        Assert.Equal(12, report.Clips);
        Assert.Equal(12 * (Columns - 3), report.Columns);
        Assert.Equal(error, report.SquaredError, 1e-5);
        Assert.Equal(1 - error / variance, report.ExplainedVariance!.Value, 1e-6);
        Assert.Equal(1 - error / perColumn, report.ExplainedVariancePerColumn!.Value, 1e-6);
        Assert.True(report.ExplainedVariancePerColumn < report.ExplainedVariance, "Positions are not free.");
        Assert.Equal(latents.Average(row => row.Count(value => value > 0)), report.L0, 1e-9);
        var firing = Enumerable.Range(0, Features).Select(j => latents.Count(row => row[j] > 0)).ToArray();
        Assert.Equal(firing.Count(count => count == 0) / (double)Features, report.DeadFraction, 1e-12);
        Assert.Equal(1 - report.DeadFraction, report.AliveFraction, 1e-12);
        Assert.Equal(firing.Count(count => count > 0.1 * n) / (double)Features, report.DenseFraction, 1e-12);
        Assert.Equal(
            x.Zip(output, (a, b) => Product(a.Value, b) / Math.Sqrt(Squared(a.Value) * Squared(b))).Average(), report.CosineMean!.Value, 1e-6);
        Assert.Equal(x.Zip(output, (a, b) => Math.Sqrt(Squared(b) / Squared(a.Value))).Average(), report.Shrinkage!.Value, 1e-6);
        var bias = output.Average(Squared) / x.Zip(output, (a, b) => Product(a.Value, b)).Average();
        Assert.Equal(1, report.RelativeReconstructionBias!.Value / bias, 1e-6);
        Assert.Empty(report.Pca);
        Assert.Null(report.PcaSplit);
        Assert.True(report.PercentilesExact);
    }

    [Fact]
    public void Pca_of_another_split_is_reported_too_in_both_forms()
    {
        using var sae = RandomSae.Create(1, Width, Features, 4);
        var options = new MeterOptions { PcaRanks = [2, 5, Width, 64] };
        var report = Measure(
            sae, MemorySource.Random(2, Width, Columns, 9, "test"), MemorySource.Random(3, Width, Columns, 7, "select"), options);
        Assert.Equal("select", report.PcaSplit);
        Assert.Equal([2, 5], report.Pca.Select(score => score.Rank));
        Assert.True(report.Pca[0].ExplainedVariance < report.Pca[1].ExplainedVariance);

        // The error belongs to one PCA: both forms divide the same error by their own variance.
        var global = (1 - report.ExplainedVariance!.Value) / report.SquaredError;
        var perColumn = (1 - report.ExplainedVariancePerColumn!.Value) / report.SquaredError;
        Assert.All(report.Pca, score => Assert.Equal((1 - score.ExplainedVariance) / global, (1 - score.ExplainedVariancePerColumn) / perColumn, 1e-9));

        var moments = new SecondMoments(Width);
        foreach (var clip in MemorySource.Random(3, Width, Columns, 7).Clips())
            moments.Add(clip.Columns.narrow(0, 3, Columns - 3));
        var measured = new SecondMoments(Width);
        foreach (var clip in MemorySource.Random(2, Width, Columns, 9).Clips())
            measured.Add(clip.Columns.narrow(0, 3, Columns - 3));
        Assert.Equal(1 - PrincipalComponents.Fit(moments).SquaredError(measured, 5) * global, report.Pca[1].ExplainedVariance, 1e-9);
    }

    [Fact]
    public void Pca_of_the_measured_split_needs_no_second_pass()
    {
        using var sae = RandomSae.Create(1, Width, Features, 4);
        var source = MemorySource.Random(2, Width, Columns, 9, "select");
        var twice = Measure(sae, source, source, new MeterOptions { PcaRanks = [2, 5] });
        var once = Measure(sae, source, null, new MeterOptions { PcaRanks = [2, 5], PcaOfMeasuredSplit = true });
        Assert.Equal("select", once.PcaSplit);
        Assert.Equal(twice.Pca, once.Pca);
    }

    [Fact]
    public void A_perfect_dictionary_explains_everything()
    {
        // Latents ±each dimension: x̂ = x for every x.
        using var identity = eye(Width);
        var weights = new Dictionary<string, Tensor>
        {
            ["W_enc"] = cat([identity, identity.neg()], 1),
            ["W_dec"] = cat([identity, identity.neg()], 0),
            ["b_dec"] = zeros(Width),
            ["b_enc"] = zeros(2 * Width),
        };
        using var sae = new SparseAutoencoder(
            new SaeConfig { Architecture = SaeArchitecture.TopK, DIn = Width, DSae = 2 * Width, K = Width }, weights);
        var report = Measure(sae, MemorySource.Random(2, Width, Columns, 3));
        Assert.Equal(1, report.ExplainedVariance!.Value, 1e-12);
        Assert.Equal(1, report.ExplainedVariancePerColumn!.Value, 1e-12);
        Assert.Equal(1, report.CosineMean!.Value, 1e-12);
        Assert.Equal(1, report.Shrinkage!.Value, 1e-12);
        Assert.Equal(1, report.RelativeReconstructionBias!.Value, 1e-12);
        Assert.Equal(Width, report.L0, 1e-9);
    }

    [Fact]
    public void Without_variance_the_figure_is_missing_not_infinite_and_the_report_is_json()
    {
        using var sae = RandomSae.Create(1, Width, Features, 4);
        var constant = new MemorySource(Width, [(0, "test", Enumerable.Repeat(1f, Width * Columns).ToArray())]);
        var report = Measure(sae, constant);
        Assert.Null(report.ExplainedVariance);
        Assert.Null(report.ExplainedVariancePerColumn);
        Assert.Contains("\"ExplainedVariance\":null", JsonSerializer.Serialize(report), StringComparison.Ordinal);
    }

    [Fact]
    public void No_columns_another_width_and_values_that_are_not_finite_are_reported()
    {
        using var sae = RandomSae.Create(1, Width, Features, 4);
        Assert.Contains("Nothing to measure", Assert.Throws<UserException>(() => new ReconstructionMeter(sae).Finish()).Message, StringComparison.Ordinal);
        var wide = MemorySource.Random(1, Width + 1, Columns, 1);
        Assert.Contains("width 10", Assert.Throws<UserException>(() => Measure(sae, wide)).Message, StringComparison.Ordinal);
        var values = Enumerable.Repeat(1f, Width * Columns).ToArray();
        values[^1] = float.NaN;
        var broken = new MemorySource(Width, [(7, "test", values)]);
        Assert.Contains("clip 7", Assert.Throws<UserException>(() => Measure(sae, broken)).Message, StringComparison.OrdinalIgnoreCase);
    }

    private static ReconstructionReport Measure(
        SparseAutoencoder sae, IActivationSource split, IActivationSource? pcaSource = null, MeterOptions? options = null) =>
        ReconstructionMeter.Measure(sae, split, pcaSource, options, null, TestContext.Current.CancellationToken);

    private static double Squared(IEnumerable<double> values) => values.Sum(value => value * value);

    private static double Product(double[] a, double[] b) => a.Zip(b, (p, q) => p * q).Sum();

    private static double[] Mean(IEnumerable<double[]> rows)
    {
        var list = rows.ToList();
        return [.. Enumerable.Range(0, Width).Select(i => list.Average(row => row[i]))];
    }
}
