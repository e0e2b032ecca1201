using SaeDashboard.Web.Runs;

namespace SaeDashboard.Web.Tests.Runs;

/// <summary>Numbers of runs as people and other programs read them.</summary>
public sealed class FormatTests
{
    [Theory]
    [InlineData(0.2, "1 s")]
    [InlineData(59.5, "1 min")]
    [InlineData(70, "1 min 10 s")]
    [InlineData(7500, "2 h 5 min")]
    [InlineData(273_600, "3 d 4 h")]
    [InlineData(double.NaN, "–")]
    public void Durations_have_two_units(double seconds, string text) => Assert.Equal(text, Format.Duration(seconds));

    [Theory]
    [InlineData(512, "512")]
    [InlineData(61_432, "61.4 k")]
    [InlineData(999_900, "1.00 M")]
    [InlineData(1_638_400, "1.64 M")]
    public void Counts_have_three_digits_and_a_prefix(double count, string text) => Assert.Equal(text, Format.Count(count));
}

