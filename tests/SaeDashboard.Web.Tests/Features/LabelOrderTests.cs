using SaeDashboard.Storage;
using SaeDashboard.Web.Features;

namespace SaeDashboard.Web.Tests.Features;

public sealed class LabelOrderTests
{
    [Fact]
    public void An_order_made_of_the_one_before_is_the_one_made_of_nothing()
    {
        var random = new Random(1);
        var labels = new Dictionary<int, CurrentLabel>();
        LabelOrder? before = null;
        for (var round = 0; round < 200; round++)
        {
            for (var change = random.Next(4); change >= 0; change--)
            {
                var feature = random.Next(60);
                if (random.Next(4) == 0) labels.Remove(feature);
                else labels[feature] = new CurrentLabel(round, (random.Next(2) == 0 ? "drum " : "Drum ") + random.Next(30), "Ada", null, 0);
            }
            var snapshot = new Dictionary<int, CurrentLabel>(labels);
            before = new LabelOrder(snapshot, 50, before);
            Assert.Equal(new LabelOrder(snapshot, 50, null).Ranks, before.Ranks);
            foreach (var (one, other) in snapshot.Keys.Where(one => one < 50).SelectMany(one => snapshot.Keys.Where(other => other < 50).Select(other => (one, other))))
            {
                Assert.Equal(
                    Math.Sign(string.Compare(snapshot[one].Text, snapshot[other].Text, StringComparison.OrdinalIgnoreCase)),
                    before.Ranks[one].CompareTo(before.Ranks[other]));
            }
        }
    }
}
