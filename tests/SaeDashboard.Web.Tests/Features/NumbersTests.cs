using SaeDashboard.Web.Features;

namespace SaeDashboard.Web.Tests.Features;

/// <summary>Figures as lists write them.</summary>
public sealed class NumbersTests
{
    [Theory]
    [InlineData(0, "0")]
    [InlineData(0.03124, "0.0312")]
    [InlineData(0.2149, "0.215")]
    [InlineData(1.274, "1.27")]
    [InlineData(-1.274, "-1.27")]
    [InlineData(12.74, "12.7")]
    [InlineData(127.4, "127")]
    [InlineData(12740, "12740")]
    [InlineData(0.00000012, "1.20E-7")]
    public void An_activation_has_three_significant_digits(double value, string text) => Assert.Equal(text, Numbers.Activation(value));

    [Theory]
    [InlineData(0.0001, "<0.1")]
    [InlineData(0.021, "2.1")]
    [InlineData(0.2149, "21")]
    public void A_share_is_in_percent(double share, string text) => Assert.Equal(text, Numbers.Percent(share));
}
