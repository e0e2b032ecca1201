using System.Globalization;
using Microsoft.Playwright;
using SaeDashboard.Core.Takes;

namespace SaeDashboard.EndToEnd.Tests.Fixtures;

/// <summary>What a person does in the studio to get a take.</summary>
internal static class StudioForm
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Opens the studio with nothing in the rack: what other tests left there is heard otherwise.</summary>
    public static async Task OpenEmptyAsync(IPage page)
    {
        await page.GotoAsync("studio");
        await Assertions.Expect(Generate(page)).ToBeEnabledAsync(new LocatorAssertionsToBeEnabledOptions { Timeout = 60_000 });
        var strips = page.Locator(".rack .strip");
        for (var left = await strips.CountAsync(); left > 0; left--)
        {
            await strips.First.GetByTitle("Remove", new LocatorGetByTitleOptions { Exact = true }).ClickAsync();
            await Assertions.Expect(strips).ToHaveCountAsync(left - 1);
        }
        var sounds = page.Locator(".condition-sound button", new PageLocatorOptions { HasText = "Remove" });
        for (var left = await sounds.CountAsync(); left > 0; left--)
        {
            await sounds.First.ClickAsync();
            await Assertions.Expect(sounds).ToHaveCountAsync(left - 1);
        }
    }

    /// <summary>Sets the length, presses Generate and waits until the take is on the page. Gives its id.</summary>
    public static async Task<string> GenerateAsync(IPage page, double seconds)
    {
        // A page that is not live yet loses what is typed and pressed.
        await Assertions.Expect(Generate(page)).ToBeEnabledAsync(new LocatorAssertionsToBeEnabledOptions { Timeout = 60_000 });
        var length = page.Locator("form.generation").GetByLabel("Length");
        await length.FillAsync(seconds.ToString(CultureInfo.InvariantCulture));
        await length.BlurAsync();
        await Generate(page).ClickAsync(new LocatorClickOptions { Timeout = 60_000 });
        // Asked again and again: Playwright's own wait may miss an address that changes while it begins.
        try
        {
            await Poll.UntilAsync("a take is open", Patience, () => page.Url.Contains("/studio/takes/", StringComparison.Ordinal));
        }
        catch (TimeoutException)
        {
            Assert.Fail($"No take was opened. The page, {page.Url}, says: {await page.Locator("main").InnerTextAsync()}");
        }
        var id = new Uri(page.Url).AbsolutePath.Split('/')[^1];
        await page.Locator($"[data-take='{id}']").WaitForAsync();
        return id;
    }

    /// <summary>Waits until the page says that the take is done and its sound has come whole.</summary>
    public static async Task WhenOverAsync(IPage page, string take)
    {
        var deck = page.Locator($"[data-take='{take}']");
        await Poll.UntilAsync($"{take} is done", Patience, async () =>
        {
            var state = await deck.GetAttributeAsync("data-state");
            Assert.False(state == TakeState.Failed.Name() || state == TakeState.Cancelled.Name() || state == TakeState.Interrupted.Name(), $"{take} is {state}");
            return state == TakeState.Done.Name();
        });
    }

    /// <summary>A finished take with a feature turned up; one that is there already will do.</summary>
    public static async Task<string> EnsureSteeredTakeAsync(SiteProcess site, IPage page)
    {
        foreach (var folder in TakeFolder.List(Path.Combine(site.Data, "takes")))
        {
            var manifest = folder.ReadManifest();
            if (manifest.State == TakeState.Done && manifest.Settings.Steers.Any(steer => steer.Strength != 0)) return folder.Id;
        }
        await OpenEmptyAsync(page);
        await page.GotoAsync("features");
        await page.Locator("tr[data-feature] a.name").First.ClickAsync();
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Steer with this" }).ClickAsync();
        await page.Locator("strength-fader").First.WaitForAsync();
        var take = await GenerateAsync(page, seconds: 3);
        await WhenOverAsync(page, take);
        return take;
    }

    private static ILocator Generate(IPage page) => page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Generate", Exact = true }).Last;
}
