using System.Security.Cryptography;
using System.Text;
using SaeDashboard.Core.Takes;

namespace SaeDashboard.Core.Tests.Takes;

public sealed class AbxTrialsTests
{
    [Theory]
    [InlineData(12, 16, 0.0384063720703125)]
    [InlineData(9, 10, 0.0107421875)]
    [InlineData(10, 10, 0.0009765625)]
    [InlineData(0, 16, 1.0)]
    [InlineData(50, 50, 8.8817841970012523e-16)]
    public void The_chance_is_the_published_one(int right, int trials, double chance) => Assert.Equal(chance, AbxTrials.Chance(right, trials), chance * 1e-12);

    [Fact]
    public void The_chance_is_the_share_of_all_ways_of_guessing()
    {
        const int trials = 12;
        for (var right = 0; right <= trials; right++)
        {
            var ways = Enumerable.Range(0, 1 << trials).Count(guesses => int.PopCount(guesses) >= right);
            Assert.Equal((double)ways / (1 << trials), AbxTrials.Chance(right, trials), 1e-15);
        }
    }

    [Fact]
    public void The_order_follows_from_the_seed_and_is_even_over_many_seeds()
    {
        var order = AbxTrials.Order("seed", 16);
        Assert.Equal(order, AbxTrials.Order("seed", 16));
        Assert.Equal(order[..10], AbxTrials.Order("seed", 10));
        // As the documentation says it is made.
        Assert.Equal((SHA256.HashData(Encoding.UTF8.GetBytes("seed/3"))[0] & 1) == 1 ? 'B' : 'A', order[3]);
        var many = Enumerable.Range(0, 2_000).Select(seed => AbxTrials.Order($"{seed}", 16)).ToArray();
        for (var trial = 0; trial < 16; trial++) Assert.InRange(many.Count(each => each[trial] == 'A'), 880, 1_120);
        Assert.InRange(Enumerable.Range(0, 2_000).Count(seed => AbxTrials.Swapped($"{seed}")), 880, 1_120);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(51)]
    public void Too_few_and_too_many_trials_are_refused(int trials) => Assert.Contains("5 to 50", Assert.Throws<UserException>(() => AbxTrials.Order("seed", trials)).Message, StringComparison.Ordinal);
}
