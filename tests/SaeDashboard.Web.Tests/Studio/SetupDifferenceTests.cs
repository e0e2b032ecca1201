using SaeDashboard.Web.Studio;

namespace SaeDashboard.Web.Tests.Studio;

/// <summary>What the next take would have that the shown one has not.</summary>
public sealed class SetupDifferenceTests
{
    private static readonly StudioDraft Then = new() { Sae = "demo", Prompt = "cello", Seed = 777, SeedLocked = true, Rack = [new RackStrip(1, 3), new RackStrip(2, -1)] };

    [Fact]
    public void What_is_not_heard_is_no_difference()
    {
        Assert.Empty(Of(Then));
        // A seed that is drawn at every take, a muted strip, spaces, and another SAE to add features from.
        Assert.Empty(Of(Then with { Seed = 5, SeedLocked = false, Prompt = " cello ", Rack = [.. Then.Rack, new RackStrip(9, 2, Muted: true)] }));
        Assert.Empty(Of(Then.WithSae("other", keep: true)));
    }

    [Fact]
    public void Several_controls_are_named()
    {
        Assert.Equal(["control none → reversed and random direction"], Of(Then with { ControlArms = [TakeArms.Random, TakeArms.Reversed] }));
        // Where there is no feature, there is nothing to control for.
        Assert.DoesNotContain(Of(Then with { ControlArms = [TakeArms.Random], Rack = [] }), line => line.StartsWith("control", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_difference_is_said_with_both_values()
    {
        var now = Then with
        {
            Prompt = "flute",
            Seconds = 10,
            Seed = 5,
            Guidance = 4.5,
            TopK = 0,
            Rows = "conditional",
            Control = TakeArms.Random,
            Rack = [new RackStrip(1, 2.5, "clamp") { Envelope = [new(0, 0)], Onset = 5, Condition = new SteerCondition(3, .5, 1) }, new RackStrip(7, 1)],
        };
        Assert.Equal(
            ["another prompt", "length 8 → 10 s", "seed 777 → 5", "guidance 3 → 4.5", "top k 250 → 0", "applied to both → conditional", "control none → random direction", "#7 added", "#2 left out", "#1: add → clamp, +3 × p99 → +2.5 × p99, another envelope, another start, another condition"],
            Of(now));
    }

    [Fact]
    public void Windows_differ_only_where_both_have_them()
    {
        var (asked, other) = (new RestoredSettings { Window = 480, Stride = 450 }, new RestoredSettings { Window = 300, Stride = 200 });
        string[] Between(RestoredSettings? now, RestoredSettings? then) => [.. SetupDifference.Of(Then with { Restored = now }, Then with { Restored = then }, strip => $"#{strip.Feature}")];
        // The take fits in one window.
        Assert.Empty(Between(asked, null));
        Assert.Empty(Between(asked, asked));
        Assert.Equal(["other windows"], Between(asked, other));
        Assert.Equal(["another piece of its batch"], Between(asked with { Piece = 2 }, null));
    }

    [Fact]
    public void Sounds_differ_by_what_the_model_is_given_of_them()
    {
        var sound = new TakeSound { Source = "take-1.A", Name = "Take 1, baseline", Start = 1, Seconds = 2 };
        var made = sound with { Codebooks = 4, Codes = "AAAA", Hash = "x" };
        string[] Between(TakeSound? now, TakeSound? then) => [.. SetupDifference.Of(Then with { Continue = now, Melody = now }, Then with { Continue = then, Melody = then }, strip => $"#{strip.Feature}")];
        Assert.Empty(Between(sound, made));
        Assert.Empty(Between(made with { Source = "clip-3@demo" }, made));
        Assert.Equal(["continues “Take 1, baseline” (1 to 3 s)", "follows “Take 1, baseline” (1 to 3 s)"], Between(made, null));
        Assert.Equal(["continues no sound", "follows no melody"], Between(null, sound));
        Assert.Equal(2, Between(made with { Hash = "y" }, made).Length);
        // Another part: what was kept of the part before does not belong to it.
        var part = TakeSoundSources.Part(made, 1, 1.5);
        Assert.Equal(sound with { Seconds = 1.5 }, part);
        Assert.Equal(2, Between(part, made).Length);
        Assert.Same(made, TakeSoundSources.Part(made, 1, 2));
    }

    private static IReadOnlyList<string> Of(StudioDraft now) => SetupDifference.Of(now, Then, strip => $"#{strip.Feature}");
}
