using AngleSharp.Dom;
using Bunit;
using SaeDashboard.Web.Studio;
using SaeDashboard.Web.Tests.Features;

namespace SaeDashboard.Web.Tests.Studio;

/// <summary>A strip of the rack as a person works it.</summary>
public sealed class StripRowTests : IAsyncDisposable
{
    private readonly BunitContext page = new();
    private RackStrip strip = new(1337, 2.5);

    public ValueTask DisposeAsync() => page.DisposeAsync();

    [Fact]
    public async Task Mute_solo_invert_and_the_method_change_the_strip()
    {
        var row = Show();
        await row.Find("button:contains('Mute')").ClickAsync(new());
        await row.Find("button:contains('Solo')").ClickAsync(new());
        await row.Find("button:contains('Invert')").ClickAsync(new());
        Assert.Equal(new RackStrip(1337, -2.5, Muted: true, Solo: true), strip);
        Assert.Equal(["true", "true"], row.FindAll("[aria-pressed]").Select(button => button.GetAttribute("aria-pressed")!));
        await row.Find("select.mode").ChangeAsync(new() { Value = "atLeast" });
        Assert.Equal(("atLeast", 0.0), (strip.Mode, strip.Strength));
        Assert.True(row.Find("button:contains('Invert')").HasAttribute("disabled"));
        Assert.Equal("at least", row.Find("select.mode option[selected]").TextContent);
        await row.Find("select.mode").ChangeAsync(new() { Value = "ablate" });
        Assert.Empty(row.FindAll("strength-fader"));
    }

    [Fact]
    public async Task When_it_acts_is_set_in_its_menu_and_said_when_the_menu_is_closed()
    {
        var row = Show();
        Assert.Empty(row.FindAll(".strip-more"));
        var menu = row.Find("button[aria-expanded]");
        await menu.ClickAsync(new());
        await Field(row, "Acts from").ChangeAsync(new() { Value = "1.5" });
        // 50 frames a second.
        Assert.Equal(75, strip.Onset);
        await Field(row, "Only when").ChangeAsync(new() { Value = "448" });
        Assert.Equal((448, .5, DemoFeatures.Set.Index.P99[448]), (strip.Condition!.Feature, strip.Condition.Threshold, (float)strip.Condition.P99));
        await Field(row, "is above").ChangeAsync(new() { Value = "1.25" });
        await row.Find("button[aria-expanded]").ClickAsync(new());
        Assert.Matches("^Acts from 1.5 s on, only when .+ #448 is above 1.25 × p99$", row.Find(".strip-more").TextContent);
    }

    [Theory]
    [InlineData("Acts from", "-1", "0 to 600 s")]
    [InlineData("Acts from", "soon", "0 to 600 s")]
    [InlineData("Only when", "2048000", "of the same SAE")]
    [InlineData("Only when", "cello", "of the same SAE")]
    public async Task What_cannot_be_is_refused_with_what_can(string field, string typed, string expected)
    {
        var row = Show();
        await row.Find("button[aria-expanded]").ClickAsync(new());
        await Field(row, field).ChangeAsync(new() { Value = typed });
        Assert.Equal(new RackStrip(1337, 2.5), strip);
        var problem = row.Find(".problem");
        Assert.Contains(expected, problem.TextContent, StringComparison.Ordinal);
        Assert.Equal(problem.Id, Field(row, field).GetAttribute("aria-describedby"));
    }

    [Fact]
    public async Task The_fader_knows_which_of_its_changes_the_page_has_taken_up()
    {
        var row = Show();
        Assert.False(row.Find("strength-fader").HasAttribute("seen"));
        await row.Find("strength-fader").ChangeAsync(new() { Value = "4#17" });
        Assert.Equal(4, strip.Strength);
        Assert.Equal(("4", "17"), (row.Find("strength-fader").GetAttribute("value"), row.Find("strength-fader").GetAttribute("seen")));
        // One that is refused is answered too: the fader goes back.
        await row.Find("strength-fader").ChangeAsync(new() { Value = "loud#18" });
        Assert.Equal(("4", "18"), (row.Find("strength-fader").GetAttribute("value"), row.Find("strength-fader").GetAttribute("seen")));
        await row.Find("strength-fader").ChangeAsync(new() { Value = "5" });
        Assert.Equal((5.0, "18"), (strip.Strength, row.Find("strength-fader").GetAttribute("seen")));
        Assert.Equal((HandChange[])[new("", null), new("2", null), new("2", "7"), new("0:1 3:1", "7"), new("2", null), new("2", null)],
            new object?[] { null, "2", "2#7", "0:1 3:1#7", "2#x", "2#1234567890123456" }.Select(value => HandChange.Of(new() { Value = value })));
    }

    [Fact]
    public void The_fader_has_its_unit_its_raw_value_and_a_field_to_type_in()
    {
        var row = Show();
        var fader = row.Find("strength-fader");
        Assert.Equal(("2.5", "-6", "6", "p99"), (fader.GetAttribute("value"), fader.GetAttribute("least"), fader.GetAttribute("most"), fader.GetAttribute("unit")));
        Assert.True(double.Parse(fader.GetAttribute("p99")!, System.Globalization.CultureInfo.InvariantCulture) > 0);
        Assert.False(fader.HasAttribute("band"));
        row.Render(again => again.Add(each => each.Band, "1,4"));
        Assert.Equal("1,4", row.Find("strength-fader").GetAttribute("band"));
        Assert.EndsWith("in multiples of p99", row.Find("input[data-figure]").GetAttribute("aria-label"), StringComparison.Ordinal);
    }

    private static IElement Field(IRenderedComponent<StripRow> row, string label) => row.FindAll(".strip-more label").First(each => each.TextContent.TrimStart().StartsWith(label, StringComparison.Ordinal)).QuerySelector("input")!;

    private IRenderedComponent<StripRow> Show()
    {
        IRenderedComponent<StripRow>? row = null;
        row = page.Render<StripRow>(parameters => parameters.Add(each => each.Strip, strip).Add(each => each.Number, 1).Add(each => each.Heard, true).Add(each => each.SaeId, "demo")
            .Add(each => each.Row, DemoFeatures.Set.Row(1337, null) with { Ladder = null }).Add(each => each.Names, feature => feature < DemoFeatures.Set.Index.Count ? DemoFeatures.Set.Row(feature, null) : null)
            .Add(each => each.Changed, next =>
            {
                strip = next;
                row!.Render(again => again.Add(each => each.Strip, next));
            }));
        return row;
    }
}
