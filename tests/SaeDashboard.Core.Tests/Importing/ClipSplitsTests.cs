using SaeDashboard.Core.Importing;

namespace SaeDashboard.Core.Tests.Importing;

/// <summary>How groups of clips are drawn into splits.</summary>
public sealed class ClipSplitsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Shares_are_met_by_clips_and_the_same_seed_draws_the_same(long seed)
    {
        var random = new Random(1);
        var groups = Enumerable.Range(0, 400).Select(at => ($"artist {at}", random.Next(1, 20))).ToList();
        var drawn = ClipSplits.Draw(groups, new ImportShares(), seed);
        Assert.Equal(groups.Count, drawn.Count);
        var total = (double)groups.Sum(group => group.Item2);
        double Share(string split) => groups.Where(group => drawn[group.Item1] == split).Sum(group => group.Item2) / total;
        Assert.Equal(0.8, Share("sae-train"), 0.01);
        Assert.Equal(0.1, Share("select"), 0.01);
        Assert.Equal(0.1, Share("test"), 0.01);
        Assert.Equal(drawn, ClipSplits.Draw([.. groups.AsEnumerable().Reverse()], new ImportShares(), seed));
        Assert.NotEqual(drawn, ClipSplits.Draw(groups, new ImportShares(), seed + 100));
    }

    [Fact]
    public void Of_three_groups_each_split_has_one_however_different_they_are()
    {
        var drawn = ClipSplits.Draw([("large", 1000), ("a", 1), ("b", 1)], new ImportShares(98, 1, 1), 0);
        Assert.Equal(["sae-train", "select", "test"], drawn.Values.Order(StringComparer.Ordinal));
        Assert.Equal("sae-train", Assert.Single(ClipSplits.Draw([("only", 3)], new ImportShares(), 0)).Value);
    }

    [Fact]
    public void A_share_of_nothing_gets_nothing()
    {
        var drawn = ClipSplits.Draw([.. Enumerable.Range(0, 50).Select(at => ($"{at}", 1))], new ImportShares(1, 1, 0), 0);
        Assert.Equal(["sae-train", "select"], drawn.Values.Distinct().Order(StringComparer.Ordinal));
        Assert.Throws<UserException>(() => ClipSplits.Draw([("a", 1)], new ImportShares(0, 1, 1), 0));
        Assert.Throws<UserException>(() => ClipSplits.Draw([("a", 1)], new ImportShares(1, double.NaN, 1), 0));
    }

    [Theory]
    [InlineData("train", "sae-train")]
    [InlineData(" Validation", "select")]
    [InlineData("test", "test")]
    [InlineData("sae-train", "sae-train")]
    [InlineData("holdout", null)]
    [InlineData("", null)]
    public void Splits_are_understood_as_datasets_write_them(string cell, string? split) => Assert.Equal(split, ClipSplits.Parse(cell));
}
