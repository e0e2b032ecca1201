using SaeDashboard.Core.Saes;
using SaeDashboard.MusicGen.Hooks;

namespace SaeDashboard.MusicGen.Tests.Hooks;

/// <summary>The points that SAEs may name are those that the decoder has, in the same order.</summary>
public class PointNameTests
{
    [Fact]
    public void The_two_lists_are_one()
    {
        Assert.Equal(HookSite.LayerPoints, SaeHook.Points);
        Assert.All(SaeHook.Points, point => Assert.Equal(new HookSite(3, point), HookSite.Parse(new SaeHook(3, point).ToString())));
    }
}
