using System.Globalization;
using System.Text.Json;
using Microsoft.Playwright;
using SaeDashboard.Core.Steering;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Walk;

/// <summary>A strength ladder, from the press on the feature's page through the job to the marks on its fader. What the pages show of a ladder is in LadderPanelTests.</summary>
public sealed class LadderJobTests(BrowserFixture browser)
{
    // It has no shipped ladder; with these settings it is strong from +4 and breaks the music at +8.
    private const int Feature = 422;

    [Fact]
    [Trait("Length", "Long")]
    public async Task A_press_on_the_page_of_a_feature_measures_its_ladder_and_its_fader_shows_the_band()
    {
        await using var site = await SiteProcess.StartWithAsync("--Ladders:Seeds", "4", "--Ladders:Seconds", "2", "--Ladders:ReferenceClips", "60");
        await using var visit = await browser.OpenAsync(site);
        var page = visit.Page;
        var address = await DemoSae.FeatureAsync(page, Feature);
        await visit.GoAsync(address);
        var (panel, preview) = (page.Locator("#ladder"), page.Locator("[data-preview-strength]"));
        await Assertions.Expect(panel).ToHaveAttributeAsync("data-ladder", "empty");
        await Assertions.Expect(preview).ToHaveTextAsync("Turned by 3 × p99, as its strength ladder is not measured.");
        await panel.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Measure its ladder" }).ClickAsync();
        await Assertions.Expect(panel).ToHaveAttributeAsync("data-ladder", "running");
        // The page shows it without a reload.
        await Assertions.Expect(panel).ToHaveAttributeAsync("data-ladder", "measured", new LocatorAssertionsToHaveAttributeOptions { Timeout = 240_000 });
        await Assertions.Expect(panel.Locator(".band")).ToContainTextAsync("4 seeds, the same at every strength, 2 s a clip");

        var made = File.ReadLines(Path.Combine(site.Data, "ladders", DemoSae.Hash, StrengthLadders.FileName)).Skip(1).Select(line => JsonSerializer.Deserialize<FeatureLadder>(line, JsonDefaults.Lines)!);
        var ladder = Assert.Single(made);
        Assert.Equal((Feature, 4, 2.0), (ladder.Feature, ladder.Conditions.Seeds, ladder.Conditions.Seconds));
        await Assertions.Expect(panel.Locator(".band")).ToContainTextAsync($"Turned up: {LadderText.Of(ladder.Up)}");
        await Assertions.Expect(preview).ToContainTextAsync("by its strength ladder");

        (string Kind, double? At)[] marks = [.. new[] { ladder.Down, ladder.Up }.SelectMany(reach => new[] { ("audible", reach.Audible), ("strong", reach.Strong), ("breaks", reach.Breaks) }).Where(mark => mark.Item2 is not null)];
        var within = marks.Count(mark => Math.Abs(mark.At!.Value) <= 6);
        Assert.True(within > 0, $"No mark is within the fader: {LadderText.Of(ladder)}");
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Steer with this" }).ClickAsync();
        var strip = page.Locator($".strip[data-feature='{Feature}']");
        await Assertions.Expect(strip.Locator("strength-fader")).ToHaveAttributeAsync("marks", string.Join(' ', marks.Select(mark => string.Create(CultureInfo.InvariantCulture, $"{mark.Kind}:{mark.At:0.###}"))));
        await Assertions.Expect(strip.Locator(".fader-marks i")).ToHaveCountAsync(within);
        await Assertions.Expect(strip.Locator("[data-band]")).ToContainTextAsync($"up {LadderText.Of(ladder.Up)}");
        visit.AssertNoFaults();
    }
}
