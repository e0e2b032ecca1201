using Bunit;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor.Services;
using SaeDashboard.Core.Takes;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Studio;
using SaeDashboard.Web.Tests.Features;

namespace SaeDashboard.Web.Tests.Studio;

/// <summary>What a take's panel says of its arms.</summary>
public sealed class TakePanelTests
{
    [Fact]
    public async Task An_arm_that_broke_says_where_and_why_on_its_row()
    {
        await using var page = new BunitContext();
        page.JSInterop.Mode = JSRuntimeMode.Loose;
        page.Services.AddMudServices();
        page.Services.AddSingleton<ICatalog>(new FakeCatalog());
        var take = new TakeView("take-1", "Take 1", TakeStars.None, false, ["A", "C"], new TakeManifest
        {
            Id = "take-1",
            State = TakeState.Done,
            CreatedUtc = DateTimeOffset.UnixEpoch,
            FrameRate = 50,
            Settings = new TakeSettings
            {
                ModelPath = "", Seed = 1, Frames = 600,
                Steers = [new TakeSteer(3, 6, "add", 1), new TakeSteer(4, 0, "add", 1) { Envelope = [new(0, .1)], Condition = new(5, 1, 1) }],
                Moves = [new(10, 1, 2), new(20, 1, 6), new(30, 0, 5)],
            },
            Ended = new Dictionary<string, TakeArmEnd> { ["C"] = new(115, 36_800, "The arm C (steered) ended at column 115: its residual is 31 times the longest before.") },
        });
        var panel = page.Render<TakePanel>(parameters => parameters.Add(each => each.Take, take));
        Assert.Empty(panel.FindAll("[data-row=A] [data-ended]"));
        Assert.Equal("Ended at 2.3 s (column 115). The arm C (steered) ended at column 115: its residual is 31 times the longest before.", panel.Find("[data-row=C] [data-ended]").TextContent);
        // A strength alone would be wrong.
        var steers = panel.FindAll(".take-facts .steer").Select(each => each.TextContent).ToArray();
        Assert.EndsWith(", 1 knob move", steers[0], StringComparison.Ordinal);
        Assert.EndsWith(", with an envelope, on a condition, 2 knob moves", steers[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_continued_sound_and_a_melody_are_named_and_the_waves_know_where_the_sound_ends()
    {
        await using var page = new BunitContext();
        page.JSInterop.Mode = JSRuntimeMode.Loose;
        page.Services.AddMudServices();
        page.Services.AddSingleton<ICatalog>(new FakeCatalog());
        var codes = new Core.Data.CodeGrid(4, 100);
        var take = new TakeView("take-1", "Take 1", TakeStars.None, false, ["A"], new TakeManifest
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
                Continue = new TakeSound { Source = "clip-3@demo", Name = "Taiko", Start = 1, Seconds = 3, Codebooks = 4, Codes = codes.ToBase64(), Hash = "abc" },
                Melody = new TakeSound { Source = "clip-4@demo", Seconds = 5, Chroma = "AAEC" },
            },
        });
        var panel = page.Render<TakePanel>(parameters => parameters.Add(each => each.Take, take));
        // What there was, not what was asked for: the sound was shorter.
        Assert.Equal(("2", "2"), (panel.Find("take-transport").GetAttribute("given"), panel.Find("arm-wave").GetAttribute("given")));
        Assert.Contains("continues “Taiko” (1 to 4 s)", panel.Find(".take-facts").TextContent, StringComparison.Ordinal);
        Assert.Contains("follows “clip-4@demo” (0 to 5 s)", panel.Find(".take-facts").TextContent, StringComparison.Ordinal);
        Assert.Equal("SHA-256 abc", panel.Find(".take-facts [title^=SHA]").GetAttribute("title"));
    }
}
