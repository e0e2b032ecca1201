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
    [InlineData("?sort=loudness&page=-3&min=many&max=NaN&label=2&reverse=yes&all=true&strength=1e400")]
    [InlineData("?sort=99&page=0&min=-&max=Infinity&label=maybe&stars=6&guests=yes&stability=-")]
    [InlineData("?page=99999999999&sort=&q=%20%20")]
    public void What_makes_no_sense_is_left_at_its_default(string url) =>
        Assert.Equal(FeatureQuery.Default, FromUrl(url) with { Label = FromUrl(url).Label == LabelFilter.Unlabelled ? LabelFilter.Any : FromUrl(url).Label });

    private static FeatureQuery FromUrl(string url)
    {
        var values = QueryHelpers.ParseQuery(url);
        return FeatureQuery.Parse(name => values.TryGetValue(name, out var value) ? value.ToString() : null);
    }
}
