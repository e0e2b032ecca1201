using Microsoft.AspNetCore.WebUtilities;
using SaeDashboard.Web.Features;

namespace SaeDashboard.Web.Tests.Features;

/// <summary>A list's state in the address.</summary>
public sealed class FeatureQueryTests
{
    [Fact]
    public void What_the_address_says_is_what_was_asked()
    {
        var random = new Random(5);
        for (var round = 0; round < 500; round++)
        {
            var query = new FeatureQuery
            {
                Text = random.Next(3) switch { 0 => "", 1 => "taiko & drums?", _ => "kalimba=50 %#ü" },
                Sort = (FeatureSort)random.Next(Enum.GetValues<FeatureSort>().Length),
                Reversed = random.Next(2) == 0,
                MinDensity = random.Next(2) == 0 ? null : random.NextDouble() * 100,
                MaxDensity = random.Next(2) == 0 ? null : random.Next(100),
                Clips = (ClipView)random.Next(4),
                LeastColumns = random.Next(2) == 0 ? null : random.NextDouble(),
                MostColumns = random.Next(2) == 0 ? null : random.NextDouble() * 100,
                MinMaximum = random.Next(2) == 0 ? null : random.NextDouble() * 20,
                All = random.Next(2) == 0,
                Label = (LabelFilter)random.Next(4),
                Stars = random.Next(2) == 0 ? null : random.Next(6),
                Concept = random.Next(2) == 0 ? "" : "timbre: steel drum & co",
                MinStability = random.Next(2) == 0 ? null : random.NextDouble(),
                Guests = random.Next(2) == 0,
                Commented = random.Next(2) == 0,
                List = random.Next(2) == 0 ? "" : "list-20261123-101502-abcd",
                Page = 1 + random.Next(40),
            };
            Assert.Equal(query, FromUrl(query.ToQueryString()));
            Assert.Equal(query, FeatureQuery.OfText(query.ToQueryString().TrimStart('?')));
            Assert.Equal(FeatureQuery.Names.Order(), query.ToParameters().Keys.Order());
        }
    }

    [Fact]
    public void A_plain_list_has_a_plain_address()
    {
        Assert.Equal("", FeatureQuery.Default.ToQueryString());
        Assert.Equal(FeatureQuery.Default, FromUrl(""));
    }

    [Theory]
    [InlineData("?sort=loudness&page=-3&min=many&max=NaN&label=2&reverse=yes&strength=1e400", 7)]
    [InlineData("?sort=99&page=0&min=-&max=Infinity&label=maybe&stars=6&guests=yes&stability=-", 8)]
    [InlineData("?page=99999999999&sort=&q=%20%20", 2)]
    [InlineData("?max=500&min=-1&stability=1.5&clips=best&select=abc", 5)]
    [InlineData("?sort=p99&sort=density&colour=red", 2)]
    public void What_makes_no_sense_is_left_at_its_default_and_named(string url, int refused)
    {
        Assert.Equal(FeatureQuery.Default, FromUrl(url));
        Assert.Equal(refused, FeatureParameters.Refused(url).Count);
    }

    [Theory]
    [InlineData("?max=500", "max", "max is “500”; it is a number from 0 to 100, with a decimal point. It is left out.")]
    [InlineData("?label=foo", "label", "label is “foo”; it is one of any, labelled, unlabelled, suggested, sure. “any” is used.")]
    [InlineData("?select=3,abc", "select", "select has “abc”; it is the numbers of features and ranges of them, such as 3,12-18. It is left out.")]
    [InlineData("?select=0-500", "select", "select has 501 features; 500 is the most. Filters and lists take more. It is left out.")]
    [InlineData("?labels=labelled", "labels", "“labels” is not a filter of this list. It is left out.")]
    [InlineData("?sort=p99&sort=p99", "sort", "sort is there 2 times; give it once. “agreement” is used.")]
    public void A_refused_value_is_said_with_what_is_used_instead(string url, string name, string says) => Assert.Equal((name, says), Assert.Single(FeatureParameters.Refused(url)));

    [Theory]
    [InlineData("?q=drum&sort=P99&reverse=true&min=0&max=100&least=.5&strength=12.5&all=1&label=labelled&stars=5&concept=x&stability=1&guests=0&commented=1&list=l&clips=near&page=40")]
    [InlineData("?select=3,12-18&heard=take-1&sound=00&name=my+band.wav")]
    [InlineData("")]
    public void What_the_page_writes_into_an_address_is_understood(string url) => Assert.Empty(FeatureParameters.Refused(url));

    private static FeatureQuery FromUrl(string url)
    {
        var values = QueryHelpers.ParseQuery(url);
        return FeatureQuery.Parse(name => values.TryGetValue(name, out var value) ? value.ToString() : null);
    }
}
