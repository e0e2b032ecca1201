using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Playwright;
using SaeDashboard.Core.Takes;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Walk;

/// <summary>The rack as an instrument: faders, typed values, Ctrl+Z, envelopes, and the knobs of a running take, which become moves.</summary>
public sealed class RackTests(SharedSite shared, BrowserFixture browser)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Faders_and_envelopes_are_typed_and_undone()
    {
        var site = await shared.GetAsync();
        await using var visit = await browser.OpenAsync(site, "studio");
        var page = visit.Page;
        var fader = await SteerAsync(visit);
        var undo = Button(page, "Undo").First;
        await Assertions.Expect(fader).ToHaveAttributeAsync("aria-valuenow", "3");

        // Typed, then undone by key from the fader.
        await page.Locator("input[data-figure]").FillAsync("-1,5");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(fader).ToHaveAttributeAsync("aria-valuenow", "-1.5");
        await Assertions.Expect(undo).ToHaveAttributeAsync("title", new System.Text.RegularExpressions.Regex("^Undo the strength of "));
        await fader.PressAsync("Control+z");
        await Assertions.Expect(fader).ToHaveAttributeAsync("aria-valuenow", "3");

        await DrawAsync(page);
        await page.Keyboard.PressAsync("Delete");
        await Assertions.Expect(page.Locator("envelope-lane[points='']")).ToHaveCountAsync(1);
        visit.AssertNoFaults();
    }

    [Fact]
    [Trait("Length", "Long")]
    public async Task A_live_take_with_five_moves_and_a_drawn_envelope_becomes_a_preset_and_is_made_again_with_the_same_samples()
    {
        const double Seconds = 14;
        var site = await shared.GetAsync();
        await using var visit = await browser.OpenAsync(site, "studio");
        var page = visit.Page;
        var fader = await SteerAsync(visit);
        await DrawAsync(page);
        await Button(page, "Live").ClickAsync();
        await Assertions.Expect(page.Locator(".live-toggle[aria-pressed=true]")).ToHaveCountAsync(1);
        var take = await StudioForm.GenerateAsync(page, Seconds);
        await page.Locator($"live-rack[take='{take}']").WaitForAsync(new LocatorWaitForOptions { Timeout = 60_000 });
        var folder = Folder(site, take);
        // A fader that is turned while the take is made is kept as a move, and shown in the lane. Each turn is at a later column.
        string[] keys = ["End", "Home", "PageUp", "PageUp", "0"];
        for (var turned = 1; turned <= keys.Length; turned++)
        {
            await fader.PressAsync(keys[turned - 1]);
            var wanted = turned;
            await Poll.UntilAsync($"{wanted} moves are kept", Patience, () => folder.ReadManifest().Settings.Moves?.Count >= wanted);
            await page.WaitForFunctionAsync("from => saeAudio.state.position > from + 0.4", await page.EvaluateAsync<double>("() => saeAudio.state.position"));
        }
        await StudioForm.WhenOverAsync(page, take);
        var first = folder.ReadManifest();
        Assert.Equal((5, 6.0, 0.0), (first.Settings.Moves!.Count, first.Settings.Moves[0].Strength, first.Settings.Moves[^1].Strength));
        await Assertions.Expect(page.Locator(string.Create(CultureInfo.InvariantCulture, $"envelope-lane[moves$='{first.Settings.Moves[^1].Column}:0']"))).ToHaveCountAsync(1, new LocatorAssertionsToHaveCountOptions { Timeout = 20_000 });
        // The fader is not where the take began: the page says so.
        await Assertions.Expect(page.Locator("[data-difference]")).ToContainTextAsync("+3 × p99 → +0 × p99");
        await Button(page, "Live").ClickAsync();

        // As a preset, on a Studio with an empty rack.
        using var client = new HttpClient { BaseAddress = new Uri(site.Url) };
        var answer = await client.PostAsJsonAsync("api/v1/presets", new { takeId = take, name = "Five moves" }, TestContext.Current.CancellationToken);
        answer.EnsureSuccessStatusCode();
        var preset = (await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("id").GetString();
        await StudioForm.OpenEmptyAsync(page);
        await page.GotoAsync($"studio?preset={preset}");
        await Assertions.Expect(page.Locator(".strip .strip-more")).ToContainTextAsync("5 recorded moves from");
        await Assertions.Expect(page.Locator(".notice[role=alert]")).ToHaveCountAsync(0);
        var again = await StudioForm.GenerateAsync(page, Seconds);
        await StudioForm.WhenOverAsync(page, again);
        var second = Folder(site, again).ReadManifest();
        Assert.True(second.HookCalls > 0);
        Assert.Equal(first.Settings.Steers.AsEnumerable(), second.Settings.Steers);
        Assert.Equal(first.Settings.Moves, second.Settings.Moves);
        foreach (var arm in (string[])[TakeArms.Baseline, TakeArms.Steered])
        {
            Assert.Null(folder.ReadCodes(arm)!.FirstDifference(Folder(site, again).ReadCodes(arm)!));
            var before = await File.ReadAllBytesAsync(folder.WavPath(arm), TestContext.Current.CancellationToken);
            var after = await File.ReadAllBytesAsync(Folder(site, again).WavPath(arm), TestContext.Current.CancellationToken);
            Assert.True(before.AsSpan().SequenceEqual(after), $"Arm {arm} has other samples.");
        }
        Assert.NotNull(folder.ReadCodes(TakeArms.Baseline)!.FirstDifference(folder.ReadCodes(TakeArms.Steered)!));
        // What is restored makes what was made.
        await Assertions.Expect(page.Locator("[data-difference]")).ToHaveCountAsync(0);
        visit.AssertNoFaults();
    }

    /// <summary>A rack with one feature; gives its fader.</summary>
    private static async Task<ILocator> SteerAsync(Visit visit)
    {
        await StudioForm.OpenEmptyAsync(visit.Page);
        await visit.GoAsync("features");
        await visit.Page.Locator("tr[data-feature] a.name").First.ClickAsync();
        await visit.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Steer with this" }).ClickAsync();
        return visit.Page.Locator("strength-fader").Last;
    }

    /// <summary>A point of the envelope at 75 %, by key.</summary>
    private static async Task DrawAsync(IPage page)
    {
        await page.Locator("envelope-lane").GetByRole(AriaRole.Button).PressAsync("Enter");
        await page.Keyboard.PressAsync("PageDown");
        await Assertions.Expect(page.Locator("envelope-lane[points$=':0.75']")).ToHaveCountAsync(1);
    }

    private static ILocator Button(IPage page, string name) => page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = name, Exact = true });

    private static TakeFolder Folder(SiteProcess site, string take) => new(Path.Combine(site.Data, "takes", take));
}
