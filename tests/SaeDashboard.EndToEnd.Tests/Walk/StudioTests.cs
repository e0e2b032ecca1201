using System.Text.Json;
using Microsoft.Playwright;
using SaeDashboard.Core.Takes;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Walk;

/// <summary>Music is made in the studio and heard while it is made.</summary>
public sealed class StudioTests(SharedSite shared, BrowserFixture browser)
{
    [Fact]
    public async Task Sound_arrives_while_it_is_made_and_strength_0_changes_no_sample()
    {
        var site = await shared.GetAsync();
        await using var visit = await browser.OpenAsync(site, "studio");
        var page = visit.Page;
        await StudioForm.OpenEmptyAsync(page);
        await visit.GoAsync("features");
        await page.Locator("tr[data-feature] a.name").First.ClickAsync();
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Steer with this" }).ClickAsync();
        var fader = page.Locator("strength-fader").Last;
        await Poll.UntilAsync("the fader is at 0", TimeSpan.FromSeconds(10), async () =>
        {
            // Opening a page moves the focus to its heading, perhaps just now.
            await fader.PressAsync("0");
            return await fader.GetAttributeAsync("aria-valuenow") == "0";
        });

        // Long enough that a busy machine, which hands the first piece on late, has most of the take still to make.
        var take = await StudioForm.GenerateAsync(page, seconds: 8);
        await StudioForm.WhenOverAsync(page, take);

        var chunks = await page.EvaluateAsync<JsonElement>("() => globalThis.saeStudio.chunks");
        foreach (var arm in new[] { TakeArms.Baseline, TakeArms.Steered })
        {
            var came = chunks.GetProperty(arm).EnumerateArray().ToArray();
            var share = came[0].GetProperty("columnsDone").GetDouble() / came[0].GetProperty("columns").GetDouble();
            Report.Figure($"Arm {arm} of a take of 8 s", $"{came.Length} chunks, the first when {100 * share:0} % of its columns were made");
            Assert.True(came.Length >= 5, $"{came.Length} chunks");
            Assert.InRange(share, 0, 0.3);
        }

        var folder = new TakeFolder(Path.Combine(site.Data, "takes", take));
        var manifest = folder.ReadManifest();
        Assert.Equal(TakeState.Done, manifest.State);
        Assert.True(manifest.HookCalls > 0, "strength 0 was computed, not skipped");
        var baseline = await Sound.DownloadAsync(site, $"api/v1/takes/{take}/A.wav");
        var steered = await Sound.DownloadAsync(site, $"api/v1/takes/{take}/C.wav");
        Assert.Equal(manifest.Samples, baseline.SampleCount);
        Assert.Equal(baseline.Channels[0], steered.Channels[0]);
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task Both_arms_have_one_playhead_and_a_take_is_renamed_rated_and_kept()
    {
        var site = await shared.GetAsync();
        await using var visit = await browser.OpenAsync(site, "studio");
        var page = visit.Page;
        var take = await StudioForm.EnsureSteeredTakeAsync(site, page);
        await visit.GoAsync($"studio/takes/{take}");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Play", Exact = true }).First.ClickAsync();
        await Sound.HearAsync(page);
        var before = await page.EvaluateAsync<double>("() => saeAudio.state.position");
        await page.Keyboard.PressAsync("a");
        await page.WaitForFunctionAsync("() => saeAudio.state.arm === 'A'");
        var after = await page.EvaluateAsync<double>("() => saeAudio.state.position");
        Assert.InRange(after - before, 0, 1.5);
        var heard = await Sound.HearAsync(page);
        Assert.InRange(heard.Correlation(await Sound.DownloadAsync(site, $"api/v1/takes/{take}/A.wav")), 0.95, 1.001);

        var deck = page.Locator($"[data-take='{take}']");
        await deck.GetByTitle("Rename").ClickAsync();
        await deck.GetByLabel("Name of the take").FillAsync("Dark and steady");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(deck.GetByText("Dark and steady")).ToBeVisibleAsync();
        await deck.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "4 of 5" }).ClickAsync();
        await Assertions.Expect(deck.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "4 of 5" })).ToHaveAttributeAsync("aria-pressed", "true");
        await visit.GoAsync($"studio/takes/{take}");
        await Assertions.Expect(deck.GetByText("Dark and steady")).ToBeVisibleAsync();
        await Assertions.Expect(deck.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "4 of 5" })).ToHaveAttributeAsync("aria-pressed", "true");
        visit.AssertNoFaults();
    }
}
