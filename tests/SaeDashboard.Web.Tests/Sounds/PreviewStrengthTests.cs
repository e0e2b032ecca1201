using SaeDashboard.Core.Steering;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Sounds;
using SaeDashboard.Web.Tests.Features;

namespace SaeDashboard.Web.Tests.Sounds;

/// <summary>How far “Hear it steered” turns a feature, and what it says of that.</summary>
public sealed class PreviewStrengthTests
{
    private const LadderLevel Unsure = LadderLevel.Unsure, Audible = LadderLevel.Audible, Strong = LadderLevel.Strong, Breaks = LadderLevel.Breaks;

    [Fact]
    public void The_least_strong_strength_is_taken_else_the_least_audible_one_and_which_is_said()
    {
        Is(8, "Turned by 8 × p99, from which it is strong by its strength ladder.", (-8, Strong), (2, Unsure), (4, Audible), (8, Strong), (16, Strong), (32, Breaks));
        Is(0.5, "Turned by 0.5 × p99, from which it is audible by its strength ladder, which finds none that is strong.", (-0.5, Unsure), (0.5, Audible), (1, Breaks));
        Is(2, "Turned by 2 × p99, from which it is strong by its strength ladder. Turned down, the music breaks at −1 × p99.", (-1, Breaks), (-0.5, Unsure), (2, Strong));
    }

    [Fact]
    public void Where_no_strength_is_surely_heard_it_is_the_usual_one_but_not_one_that_breaks_the_music()
    {
        Is(3, "Turned by 3 × p99, as its strength ladder finds none at which it is surely heard.", (1, Unsure), (4, Unsure), (8, Breaks));
        Is(1, "Turned by 1 × p99, the most that its strength ladder tested before the music breaks; it is not surely heard.", (0.5, Unsure), (1, Unsure), (2, Breaks));
        Is(0.25, "Turned by 0.25 × p99, half of what breaks the music by its strength ladder.", (0.5, Breaks), (1, Breaks));
        // A ladder of one direction says nothing of the other.
        Is(3, "Turned by 3 × p99, as its strength ladder finds none at which it is surely heard.", (-1, Strong));
    }

    [Fact]
    public void Without_a_ladder_or_with_a_stale_one_it_is_the_usual_one()
    {
        Assert.Equal(new PreviewStrength(3, "Turned by 3 × p99, as its strength ladder is not measured."), PreviewStrength.Of(null));
        Assert.Equal(new PreviewStrength(3, "Turned by 3 × p99, as its strength ladder is stale."), PreviewStrength.Of(View((8, Strong)) with { Stale = "it was measured with another p99" }));
    }

    [Fact]
    public void Every_shipped_ladder_gives_a_strength_that_does_not_break_the_music()
    {
        var set = DemoFeatures.Set;
        var measured = Enumerable.Range(0, set.Index.Count).Select(set.Ladder).OfType<LadderView>().ToArray();
        Assert.NotEmpty(measured);
        Assert.All(measured, view => Assert.NotEqual(Breaks, view.Ladder.At(PreviewStrength.Of(view).Strength)!.Level));
    }

    private static void Is(double strength, string why, params (double Strength, LadderLevel Level)[] rungs) => Assert.Equal(new PreviewStrength(strength, why), PreviewStrength.Of(View(rungs)));

    private static LadderView View(params (double Strength, LadderLevel Level)[] rungs)
    {
        var ladder = SampleLadder.Of(DemoFeatures.Set.Index, 1337);
        return new LadderView(ladder with { Rungs = [.. rungs.Select(rung => ladder.Rungs[0] with { Strength = rung.Strength, Level = rung.Level })] }, [], null);
    }
}
