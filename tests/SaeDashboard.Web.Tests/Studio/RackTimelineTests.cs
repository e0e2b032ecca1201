using Bunit;
using SaeDashboard.Core.Takes;
using SaeDashboard.Storage;
using SaeDashboard.Web.Studio;

namespace SaeDashboard.Web.Tests.Studio;

/// <summary>The rack over time: what the lanes are given, and what is drawn into them.</summary>
public sealed class RackTimelineTests
{
    private static readonly RackStrip Drawn = new(7, 2) { Envelope = [new(0, 0), new(50, .75)] };

    private static readonly TakeView Take = new("take-1", "Take 1", TakeStars.None, false, ["A", "C"], new TakeManifest
    {
        Id = "take-1",
        State = TakeState.Done,
        CreatedUtc = DateTimeOffset.UnixEpoch,
        FrameRate = 50,
        Settings = new TakeSettings
        {
            ModelPath = "",
            Seed = 1,
            Frames = 600,
            Steers = [new TakeSteer(3, 1, "add", 1), new TakeSteer(7, 2, "add", 1)],
            Moves = [new KnobMove(120, 1, 2.5), new KnobMove(200, 1, 0) { Muted = true }, new KnobMove(10, 0, 6)],
        },
    });

    [Theory]
    [InlineData("0:0 50:0.75", true)]
    [InlineData("", true)]
    [InlineData("5:0.5 5:1", false)]
    [InlineData("9:0 3:1", false)]
    [InlineData("0:1.5", false)]
    [InlineData("0:-1", false)]
    [InlineData("-1:1", false)]
    [InlineData("0:NaN", false)]
    [InlineData("0", false)]
    [InlineData("9999999999:1", false)]
    public void A_text_is_an_envelope_or_is_refused(string text, bool good)
    {
        Assert.Equal(good, EnvelopeText.TryParse(text, out var points));
        if (good) Assert.Equal(text, EnvelopeText.Of(points));
    }

    [Fact]
    public async Task A_lane_has_the_takes_moves_and_trace_of_its_strip_and_a_drawn_envelope_changes_that_strip()
    {
        await using var page = new BunitContext();
        (RackStrip Was, RackStrip Next)? changed = null;
        var timeline = page.Render<RackTimeline>(parameters => parameters.Add(each => each.Strips, [Drawn, new RackStrip(8, 1)]).Add(each => each.Take, Take).Add(each => each.Frames, 400)
            .Add(each => each.SteerOf, strip => strip.Feature == 7 ? 1 : -1).Add(each => each.Changed, change => changed = change));
        var lanes = timeline.FindAll("envelope-lane");
        Assert.Equal(("0:0 50:0.75", "600", "0.02", "120:2.5 200:m", "1", "take-1", "A,C"),
            (lanes[0].GetAttribute("points"), lanes[0].GetAttribute("columns"), lanes[0].GetAttribute("frame"), lanes[0].GetAttribute("moves"), lanes[0].GetAttribute("steer"), lanes[0].GetAttribute("take"), lanes[0].GetAttribute("arms")));
        // A strip that the take does not steer has no trace and no moves in it.
        Assert.False(lanes[1].HasAttribute("steer") || lanes[1].HasAttribute("moves"));
        await timeline.FindAll("envelope-lane")[1].ChangeAsync(new() { Value = "0:1 100:0.5#12" });
        Assert.Equal([null, "12"], timeline.FindAll("envelope-lane").Select(lane => lane.GetAttribute("seen")));
        Assert.Equal(new RackStrip(8, 1) { Envelope = [new(0, 1), new(100, .5)] }, changed!.Value.Next);
        changed = null;
        await timeline.FindAll("envelope-lane")[1].ChangeAsync(new() { Value = "100:1 0:9" });
        Assert.Null(changed);
    }

    [Fact]
    public async Task What_the_traces_are_is_said_where_there_are_some()
    {
        await using var page = new BunitContext();
        var timeline = page.Render<RackTimeline>(parameters => parameters.Add(each => each.Strips, [Drawn]).Add(each => each.Take, Take).Add(each => each.Frames, 400).Add(each => each.SteerOf, _ => 1));
        Assert.Contains("An empty lane does not mean that the strip adds nothing", timeline.Find("[data-traces]").TextContent, StringComparison.Ordinal);
        // Nothing in the rack is of the take; the take has no steered arm; there is no take.
        timeline.Render(again => again.Add(each => each.SteerOf, _ => -1));
        Assert.Empty(timeline.FindAll("[data-traces]"));
        timeline.Render(again => again.Add(each => each.SteerOf, _ => 1).Add(each => each.Take, Take with { Arms = ["A"] }));
        Assert.Empty(timeline.FindAll("[data-traces]"));
        timeline.Render(again => again.Add(each => each.SteerOf, _ => -1).Add(each => each.Take, null));
        Assert.Empty(timeline.FindAll("[data-traces]"));
    }

    [Fact]
    public async Task The_table_says_what_the_picture_shows()
    {
        await using var page = new BunitContext();
        var timeline = page.Render<RackTimeline>(parameters => parameters.Add(each => each.Strips, [Drawn]).Add(each => each.Take, Take).Add(each => each.Frames, 400).Add(each => each.SteerOf, _ => 1));
        Assert.Empty(timeline.FindAll("table"));
        await timeline.Find("button[aria-expanded=false]").ClickAsync(new());
        Assert.Equal(["0.00 s|0 %|point of the envelope", "1.00 s|75 %|point of the envelope", "2.40 s|2.5 × p99|recorded move", "4.00 s|muted|recorded move"],
            timeline.FindAll("tbody tr").Select(row => string.Join('|', row.Children.Select(cell => cell.TextContent))));
    }
}
