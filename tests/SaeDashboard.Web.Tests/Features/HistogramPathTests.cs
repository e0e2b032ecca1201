using System.Globalization;
using System.Text.RegularExpressions;
using SaeDashboard.Web.Features;

namespace SaeDashboard.Web.Tests.Features;

/// <summary>Histograms as bars of log count.</summary>
public sealed partial class HistogramPathTests
{
    [Fact]
    public void The_fullest_bin_is_as_high_as_the_box_and_an_empty_one_has_no_bar()
    {
        var bars = Bar().Matches(HistogramPath.Of([1000, 0, 31, 1], 20, .25))
            .Select(match => (Bin: int.Parse(match.Groups["bin"].Value, CultureInfo.InvariantCulture), Height: double.Parse(match.Groups["height"].Value, CultureInfo.InvariantCulture))).ToArray();
        Assert.Equal([0, 2, 3], bars.Select(bar => bar.Bin));
        Assert.Equal(20, bars[0].Height, 2);
        Assert.Equal(20 * Math.Log(32) / Math.Log(1001), bars[1].Height, 1);
        Assert.True(bars[2].Height > 0);
    }

    [Fact]
    public void A_dead_feature_has_no_bar() => Assert.Equal("", HistogramPath.Of(new int[40], 20, .25));

    [Fact]
    public void The_two_halves_together_are_the_whole()
    {
        var counts = DemoFeatures.Set.Index.Histogram(1337);
        Assert.Equal(HistogramPath.Of(counts, 38, .15), HistogramPath.Of(counts, 38, .15, 0, 12) + HistogramPath.Of(counts, 38, .15, 12));
    }

    [GeneratedRegex(@"M(?<bin>\d+) [\d.]+v-(?<height>[\d.]+)h")]
    private static partial Regex Bar();
}
