using SaeDashboard.Web.Studio;

namespace SaeDashboard.Web.Tests.Studio;

/// <summary>Undo takes one change back and leaves what came after it.</summary>
public sealed class StudioDraftTests
{
    private static readonly StudioDraft Before = new() { Sae = "demo", Prompt = "cello", Seed = 777, Rack = [new RackStrip(1, 3), new RackStrip(2, -1), new RackStrip(3, 2)] };

    [Fact]
    public void A_removed_feature_is_in_its_place_again_and_later_work_stays()
    {
        var after = Before with { Rack = [Before.Rack[0], Before.Rack[2]] };
        var now = after with { Prompt = "cello, slow", Rack = [after.Rack[0] with { Strength = 6 }, after.Rack[1], new RackStrip(9, 3)] };
        var undone = now.Undo(Before, after);
        Assert.Equal([new RackStrip(1, 6), new RackStrip(2, -1), new RackStrip(3, 2), new RackStrip(9, 3)], undone.Rack);
        Assert.Equal(("cello, slow", 777ul), (undone.Prompt, undone.Seed));
    }

    [Fact]
    public void A_setting_goes_back_unless_it_was_changed_again()
    {
        var after = Before with { Prompt = "drums", Seed = 1, Guidance = 5 };
        Assert.Equal(("cello", 777ul, 3.0), Settings((after with { Rack = [] }).Undo(Before, after)));
        Assert.Equal(("flute", 777ul, 3.0), Settings((after with { Prompt = "flute" }).Undo(Before, after)));
    }

    [Fact]
    public void Control_arms_come_and_go_one_by_one_and_that_of_an_earlier_draft_is_one_of_them()
    {
        var earlier = System.Text.Json.JsonSerializer.Deserialize<StudioDraft>("""{"control":"R"}""", JsonDefaults.Lines)!;
        Assert.Equal([TakeArms.Random], earlier.Compared);
        var two = earlier.WithControl(TakeArms.Reversed, on: true);
        Assert.Equal([TakeArms.Reversed, TakeArms.Random], two.Compared);
        Assert.Equal([TakeArms.Reversed], two.WithControl(TakeArms.Random, on: false).Compared);
        // Without a direction there is no difference of means; what is none of the arms is left out.
        Assert.Equal(two.Compared, (two with { ControlArms = [.. two.ControlArms, TakeArms.DiffMean, "X"] }).Compared);
        Assert.Equal([TakeArms.Random], (two with { ControlArms = [.. two.ControlArms] }).Undo(earlier, two).Compared);
        Assert.Equal([TakeArms.Other], two.WithControl(TakeArms.Random, false).WithControl(TakeArms.Reversed, false).WithControl(TakeArms.Other, true).Undo(earlier, two).Compared);
    }

    [Fact]
    public void A_change_of_the_SAE_brings_its_whole_rack_back_and_is_left_alone_once_there_is_a_third()
    {
        var after = Before with { Sae = "other", Rack = [new RackStrip(5, 3)] };
        var undone = (after with { Rack = [new RackStrip(5, 1), new RackStrip(6, 3)] }).Undo(Before, after);
        Assert.Equal("demo", undone.Sae);
        Assert.Equal(Before.Rack, undone.Rack);
        var third = after with { Sae = "third", Rack = [new RackStrip(7, 3)] };
        Assert.Equal(("third", third.Rack), (third.Undo(Before, after).Sae, third.Undo(Before, after).Rack));
    }

    [Fact]
    public void A_change_to_another_SAE_of_the_model_keeps_the_rack_and_so_does_its_undo()
    {
        var after = Before.WithSae("other", keep: true);
        Assert.Equal([new StripKey("demo", 1), new StripKey("demo", 2), new StripKey("demo", 3)], after.Rack.Select(strip => strip.Key));
        var now = after with { Rack = [.. after.Rack, new RackStrip(9, 3)] };
        var undone = now.Undo(Before, after);
        Assert.Equal("demo", undone.Sae);
        Assert.Equal([.. Before.Rack, new RackStrip(9, 3) { Sae = "other" }], undone.Rack);
        Assert.Empty(Before.WithSae("third", keep: false).Rack);
    }

    private static (string, ulong, double) Settings(StudioDraft draft) => (draft.Prompt, draft.Seed, draft.Guidance);
}
