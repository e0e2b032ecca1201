using System.Web;
using SaeDashboard.Core.Features;
using SaeDashboard.Web.Sounds;

namespace SaeDashboard.Web.Tests.Sounds;

/// <summary>The address of a search by sound.</summary>
public sealed class ListenQueryTests
{
    [Fact]
    public void An_address_and_its_state_are_each_others_inverse()
    {
        foreach (var query in new ListenQuery[]
        {
            new(),
            new() { Source = new BroughtSource("0123456789abcdef01234567"), Name = "my band & co.wav", From = 1.24, To = 2 },
            new() { Source = new ClipSource(17), By = FiringOrder.Share, All = true, Rows = 40 },
            new() { Source = new TakeSource("take-20260101-000000-abcd", TakeArms.Reversed), To = 3.5 },
            new() { Source = new PromptSource("organ, “slow”", 12345678901234567890, 4) },
            new() { Source = new PromptSource("organ", 3, 2.5), By = FiringOrder.Mean },
        })
            Assert.Equal(query, Parse(query.ToQueryString()));
        Assert.Equal("", new ListenQuery().ToQueryString());
    }

    [Theory]
    [InlineData("?sound=../../etc/passwd")]
    [InlineData("?sound=0123456789ABCDEF01234567")]
    [InlineData("?clip=-1")]
    [InlineData("?take=take-20260101-000000-abcd&arm=B")]
    [InlineData("?prompt=%20%20")]
    [InlineData("?from=x&to=-1&by=best&rows=0&all=yes")]
    public void What_makes_no_sense_is_left_out(string address) => Assert.Equal(new ListenQuery(), Parse(address));

    [Fact]
    public void An_end_before_the_beginning_is_left_out_and_rows_are_bounded()
    {
        Assert.Equal(new ListenQuery { From = 2 }, Parse("?from=2&to=1"));
        Assert.Equal(200, Parse("?rows=100000").Rows);
        Assert.Equal(new PromptSource("a", 1, 10), Parse("?prompt=a&seconds=3600").Source);
        Assert.All(ListenQuery.Names, name => Assert.Equal(name, name.ToLowerInvariant()));
    }

    private static ListenQuery Parse(string address)
    {
        var parameters = HttpUtility.ParseQueryString(address);
        return ListenQuery.Parse(name => parameters[name]);
    }
}
