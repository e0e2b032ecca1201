using System.Text.RegularExpressions;
using Microsoft.Extensions.Time.Testing;

namespace SaeDashboard.Core.Tests;

public partial class IdsTests
{
    [Fact]
    public void Id_says_what_it_is_and_when_it_was_made()
    {
        var id = Ids.New("run", new FakeTimeProvider(new DateTimeOffset(2026, 11, 23, 10, 15, 2, TimeSpan.Zero)));
        Assert.Matches(Form(), id);
        Assert.StartsWith("run-20261123-101502-", id, StringComparison.Ordinal);
        Assert.True(Ids.IsValid("run", id));
    }

    [Fact]
    public void Ids_of_later_seconds_sort_later()
    {
        var clock = new FakeTimeProvider();
        var ids = new List<string>();
        for (var i = 0; i < 200; i++)
        {
            ids.Add(Ids.New("sae", clock));
            clock.Advance(TimeSpan.FromSeconds(37 * 60 + 1));
        }
        Assert.Equal(ids, ids.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Ids_of_one_second_are_all_different()
    {
        var clock = new FakeTimeProvider();
        Assert.Equal(5000, Enumerable.Range(0, 5000).Select(_ => Ids.New("take", clock)).Distinct().Count());
    }

    [Theory]
    [InlineData("run-20261123-101502-x7k")]
    [InlineData("run-20261123-101502-x7k20")]
    [InlineData("run-20261323-101502-x7k2")]
    [InlineData("sae-20261123-101502-x7k2")]
    [InlineData("run-20261123-101502-../2")]
    [InlineData("")]
    public void What_is_not_an_id_is_known_as_such(string text) => Assert.False(Ids.IsValid("run", text));

    [Theory]
    [InlineData("")]
    [InlineData("../x")]
    [InlineData("Run")]
    public void A_kind_is_lower_case_letters(string kind) => Assert.Throws<ArgumentException>(() => Ids.New(kind));

    [GeneratedRegex("^run-[0-9]{8}-[0-9]{6}-[a-z0-9]{4}$")]
    private static partial Regex Form();
}
