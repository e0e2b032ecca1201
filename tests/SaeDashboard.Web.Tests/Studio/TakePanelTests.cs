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
            Settings = new TakeSettings { ModelPath = "", Seed = 1, Frames = 600, Steers = [new TakeSteer(3, 6, "add", 1)] },
            Ended = new Dictionary<string, TakeArmEnd> { ["C"] = new(115, 36_800, "The arm C (steered) ended at column 115: its residual is 31 times the longest before.") },
        });
        var panel = page.Render<TakePanel>(parameters => parameters.Add(each => each.Take, take));
        Assert.Empty(panel.FindAll("[data-row=A] [data-ended]"));
        Assert.Equal("Ended at 2.3 s (column 115). The arm C (steered) ended at column 115: its residual is 31 times the longest before.", panel.Find("[data-row=C] [data-ended]").TextContent);
    }
}
