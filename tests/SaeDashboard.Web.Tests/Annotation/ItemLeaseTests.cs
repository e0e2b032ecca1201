using Microsoft.Extensions.Time.Testing;
using SaeDashboard.Web.Annotation;

namespace SaeDashboard.Web.Tests.Annotation;

/// <summary>Leases of items: a quarter of an hour, renewed by work, and given once.</summary>
public sealed class ItemLeaseTests
{
    private readonly FakeTimeProvider clock = new();

    [Fact]
    public void A_lease_ends_after_fifteen_minutes_without_a_sign_of_work()
    {
        var leases = new ItemLeases(clock);
        leases.Take("q", "ada", (_, _) => [7]);
        clock.Advance(TimeSpan.FromMinutes(14));
        Assert.Equal(["ada"], leases.Others("q", 7, "bob"));
        Assert.NotNull(leases.Renew("q", 7, "ada", 1));
        clock.Advance(TimeSpan.FromMinutes(14));
        Assert.True(leases.Holds("q", 7, "ada"));
        Assert.Null(leases.Renew("q", 7, "bob", 1));
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.False(leases.Holds("q", 7, "ada"));
        // No other person is at work on it: it can be taken again.
        Assert.NotNull(leases.Renew("q", 7, "ada", 1));
        leases.End("q", 7, "ada");
        Assert.NotNull(leases.Renew("q", 7, "bob", 1));
        Assert.Null(leases.Renew("q", 7, "ada", 1));
        Assert.NotNull(leases.Renew("q", 7, "ada", 2));
    }

    [Fact]
    public void Choosing_sees_how_many_others_are_at_work_and_queues_do_not_meet()
    {
        var leases = new ItemLeases(clock);
        leases.Take("q", "ada", (_, _) => [8, 7]);
        leases.Take("q", "bob", (others, held) =>
        {
            Assert.Equal((1, 1, 2), (others[7], others[8], others.Count));
            Assert.Empty(held);
            return [7];
        });
        leases.Take("q", "ada", (others, held) =>
        {
            Assert.Equal((1, 1), (others[7], others.Count));
            // In the order in which they were taken, also when one was renewed.
            Assert.Equal([8, 7], held);
            return [];
        });
        leases.Take("other", "cleo", (others, _) =>
        {
            Assert.Empty(others);
            return [];
        });
    }

    [Fact]
    public async Task Many_who_ask_at_once_are_given_different_items()
    {
        var leases = new ItemLeases(clock);
        var given = await Task.WhenAll(Enumerable.Range(0, 32).Select(person => Task.Run(() => leases.Take("q", $"p{person}", (others, _) => [Enumerable.Range(0, 100).First(feature => !others.ContainsKey(feature))])[0].Feature)));
        Assert.Equal(32, given.Distinct().Count());
    }
}
