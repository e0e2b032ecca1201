using Microsoft.Playwright;
using SaeDashboard.Core.Takes;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Walk;

/// <summary>A difference of means, from two sets of clips in the Studio through the job to a take with two controls. What the panel says is in DirectionMeasureTests.</summary>
public sealed class DirectionJobTests(BrowserFixture browser)
{
    [Fact]
    [Trait("Length", "Long")]
    public async Task A_difference_of_means_that_is_measured_in_the_studio_is_a_control_of_the_next_take_next_to_another()
    {
        // Its own site: what is ticked stays in a person's set-up.
        await using var site = await SiteProcess.StartNewAsync();
        await using var visit = await browser.OpenAsync(site);
        var page = visit.Page;
        await visit.GoAsync(await DemoSae.FeatureAsync(page, DemoSae.Taiko));
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Steer with this" }).ClickAsync();
        await page.Locator("strength-fader").WaitForAsync();
        await page.Locator(".generation summary").ClickAsync();
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Measure a difference of means" }).ClickAsync();
        var panel = page.Locator("[data-direction]");
        await panel.GetByLabel("How the positive set is chosen").SelectOptionAsync("Ids");
        await panel.GetByRole(AriaRole.Textbox, new LocatorGetByRoleOptions { Name = "Positive set" }).FillAsync("clip-0001");
        await panel.GetByLabel("How the negative set is chosen").SelectOptionAsync("Ids");
        await panel.GetByRole(AriaRole.Textbox, new LocatorGetByRoleOptions { Name = "Negative set" }).FillAsync("clip-0002 clip-0003");
        await panel.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Measure", Exact = true }).ClickAsync();
        // It is ticked by itself when it is there.
        await Assertions.Expect(page.GetByLabel("difference of means", new PageGetByLabelOptions { Exact = true })).ToBeCheckedAsync(new LocatorAssertionsToBeCheckedOptions { Timeout = 120_000 });
        await page.GetByLabel("reversed", new PageGetByLabelOptions { Exact = true }).CheckAsync();
        Assert.Contains("1 chosen clip − 2 chosen clips, at layers.4.resid_post", await page.Locator(".generation").InnerTextAsync(), StringComparison.Ordinal);

        var take = await StudioForm.GenerateAsync(page, seconds: 1);
        await StudioForm.WhenOverAsync(page, take);
        Assert.Equal([TakeArms.Baseline, TakeArms.Reversed, TakeArms.DiffMean, TakeArms.Steered], await page.Locator($"[data-take='{take}'] .arm").EvaluateAllAsync<string[]>("arms => arms.map(arm => arm.dataset.row)"));
        var folder = new TakeFolder(Path.Combine(site.Data, "takes", take));
        var codes = new[] { TakeArms.Baseline, TakeArms.Reversed, TakeArms.DiffMean, TakeArms.Steered }.Select(arm => folder.ReadCodes(arm)!).ToArray();
        for (var one = 0; one < codes.Length; one++)
        {
            for (var other = 0; other < one; other++) Assert.NotNull(codes[one].FirstDifference(codes[other]));
        }
        visit.AssertNoFaults();
    }
}
