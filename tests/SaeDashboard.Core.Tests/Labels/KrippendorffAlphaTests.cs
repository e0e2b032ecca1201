using CsCheck;
using SaeDashboard.Core.Labels;

namespace SaeDashboard.Core.Tests.Labels;

/// <summary>
/// The worked examples of K. Krippendorff, “Computing Krippendorff's Alpha-Reliability” (2011), with the figures printed there, and a second way of
/// computing: every pair of values on its own.
/// </summary>
public sealed class KrippendorffAlphaTests
{
    // Section C: four observers, twelve units; '.' is a value that is missing.
    private static readonly string[] FourObservers = ["123321412...", "1233224125.3", ".3332342251.", "12332441251."];

    [Fact]
    public void Two_observers_with_two_categories_agree_as_in_section_A() => Check(["0100000010", "1110010000"], AlphaMetric.Nominal, 0.095);

    [Fact]
    public void Two_observers_with_several_categories_agree_as_in_section_B() => Check(["aabbdcccedda", "babbbccceddd"], AlphaMetric.Nominal, 0.692);

    [Theory]
    [InlineData(AlphaMetric.Nominal, 0.743)]
    [InlineData(AlphaMetric.Ordinal, 0.815)]
    public void Four_observers_with_missing_values_agree_as_in_section_C(AlphaMetric metric, double printed)
    {
        var result = Check(FourObservers, metric, printed);
        // The twelfth unit has one value, which cannot be paired.
        Assert.Equal((11, 40), (result.Units, result.Values));
    }

    [Fact]
    public void What_cannot_be_paired_or_does_not_vary_has_no_alpha()
    {
        Assert.Equal(RaterAgreement.None, KrippendorffAlpha.Of([], AlphaMetric.Nominal));
        Assert.Equal(RaterAgreement.None, KrippendorffAlpha.Of([[1], [2], []], AlphaMetric.Ordinal));
        Assert.Equal(new RaterAgreement(null, 2, 4, 1), KrippendorffAlpha.Of([[3, 3], [3, 3]], AlphaMetric.Nominal));
    }

    [Fact]
    public void Agreement_is_one_without_a_difference_and_below_zero_where_raters_always_differ()
    {
        Assert.Equal(1, KrippendorffAlpha.Of([[1, 1, 1], [2, 2], [3, 3, 3, 3]], AlphaMetric.Ordinal).Alpha!.Value, 12);
        var always = KrippendorffAlpha.Of([[1, 2], [2, 1]], AlphaMetric.Nominal);
        // Four values, two of each: expected Σ n_c n_k = 8, observed 4, so 1 − 3 · 4 / 8.
        Assert.Equal(-0.5, always.Alpha!.Value, 12);
        Assert.Equal(0, always.Agreement!.Value, 12);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(2000, Traits = ["Length", "Long"])]
    public void Every_pair_on_its_own_gives_the_same_for_any_raters_and_missing_values(int inputs) =>
        Gen.Select(Gen.Int[-3, 4].Array[0, 6].Array[0, 30], Gen.Bool).Sample((units, ordinal) =>
        {
            var metric = ordinal ? AlphaMetric.Ordinal : AlphaMetric.Nominal;
            var alpha = KrippendorffAlpha.Of(units, metric).Alpha;
            if (ByPairs(units, metric) is not { } expected) Assert.Null(alpha);
            else Assert.Equal(expected, alpha!.Value, 9);
        }, iter: inputs);

    /// <summary>α = 1 − observed / expected disagreement, both as means over pairs of values, without a matrix.</summary>
    private static double? ByPairs(int[][] units, AlphaMetric metric)
    {
        units = [.. units.Where(unit => unit.Length > 1)];
        int[] all = [.. units.SelectMany(unit => unit)];
        var (observed, expected) = (0.0, 0.0);
        foreach (var unit in units)
            for (var i = 0; i < unit.Length; i++)
                for (var j = 0; j < unit.Length; j++)
                    if (i != j) observed += Distance(unit[i], unit[j]) / (unit.Length - 1);
        for (var i = 0; i < all.Length; i++)
            for (var j = 0; j < all.Length; j++)
                if (i != j) expected += Distance(all[i], all[j]);
        if (expected == 0) return null;
        return 1 - observed / all.Length / (expected / all.Length / (all.Length - 1));

        double Distance(int one, int other)
        {
            if (one == other) return 0;
            if (metric == AlphaMetric.Nominal) return 1;
            var ranks = all.Count(value => value >= Math.Min(one, other) && value <= Math.Max(one, other)) - all.Count(value => value == one || value == other) / 2.0;
            return ranks * ranks;
        }
    }

    /// <summary>A line an observer, a character a unit.</summary>
    private static RaterAgreement Check(string[] observers, AlphaMetric metric, double printed)
    {
        var units = Enumerable.Range(0, observers[0].Length).Select(unit => (IReadOnlyList<int>)[.. observers.Select(line => line[unit]).Where(value => value != '.').Select(value => (int)value)]);
        var result = KrippendorffAlpha.Of(units, metric);
        Assert.Equal(printed, result.Alpha!.Value, 3);
        return result;
    }
}
