using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Playwright;
using SaeDashboard.Core.Presets;
using SaeDashboard.EndToEnd.Tests.Fixtures;
using SaeDashboard.EndToEnd.Tests.Pages;

namespace SaeDashboard.EndToEnd.Tests.Walk;

/// <summary>The page of a preset with keys alone: heard, rated, tagged, commented on, shared. Looked at by axe with all of it on the page.</summary>
public sealed class PresetKeyTests(SharedSite shared, BrowserFixture browser)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_preset_is_heard_rated_tagged_commented_on_and_shared_with_keys_alone()
    {
        var site = await shared.GetAsync();
        using var http = new HttpClient { BaseAddress = new Uri(site.Url) };
        var preset = PresetFile.Read(Directory.GetFiles(Path.Combine(Clone.Demo, "presets"), "*.json").Order().First()) with { Name = "By keys" };
        using var file = new ByteArrayContent(PresetFile.ToBytes(preset));
        var made = await http.PostAsync("api/v1/presets/import?file=keys.json&again=true", file, Stop);
        var id = (await made.Content.ReadFromJsonAsync<JsonElement>(Stop)).GetProperty("id").GetString()!;

        await using var visit = await browser.OpenAsync(site, $"presets/{id}");
        var (page, keys) = (visit.Page, visit.Page.Keyboard);
        await TabToAsync(page, "Play By keys");
        await keys.PressAsync("Space");
        await Assertions.Expect(page.Locator("preset-player .play-button")).ToHaveAttributeAsync("aria-pressed", "true");
        await keys.PressAsync("a");
        await Assertions.Expect(page.Locator("preset-player button[data-arm=baseline]")).ToHaveAttributeAsync("aria-pressed", "true");
        await page.WaitForFunctionAsync("() => document.querySelector('preset-player').position > 0.3");
        await keys.PressAsync("Space");

        await TabToAsync(page, "Download By keys");
        await keys.PressAsync("Enter");
        var items = page.Locator(".menu [role=menuitem]");
        await Assertions.Expect(items).ToHaveCountAsync(5);
        Assert.Empty(await PageChecks.AccessibilityFaultsAsync(visit));
        await keys.PressAsync("Escape");
        await Assertions.Expect(items.First).ToBeHiddenAsync();

        await TabToAsync(page, "4 of 5");
        await keys.PressAsync("Enter");
        await Assertions.Expect(page.Locator(".marks")).ToContainTextAsync("4.0 of 5 stars, 1 rating");
        await TabToAsync(page, "Add a tag");
        await keys.TypeAsync("drums");
        await keys.PressAsync("Enter");
        await Assertions.Expect(page.Locator(".marks .tag")).ToHaveTextAsync("drums");

        await TabToAsync(page, "Who sees it");
        // Of the select's choices the next one: unlisted.
        await keys.PressAsync("ArrowDown");
        await Assertions.Expect(page.Locator(".page-head")).ToContainTextAsync("unlisted");
        await TabToAsync(page, "New link");
        await keys.PressAsync("Enter");
        await Assertions.Expect(page.Locator(".link-row")).ToHaveCountAsync(1);

        await TabToAsync(page, "Comment on this preset");
        await keys.TypeAsync("the second hit");
        await TabToAsync(page, "Playhead");
        await keys.PressAsync("Enter");
        await TabToAsync(page, "Comment");
        await keys.PressAsync("Enter");
        var at = page.Locator("[data-preset-at]");
        await Assertions.Expect(at).ToHaveCountAsync(1);
        Assert.InRange(double.Parse((await at.GetAttributeAsync("data-preset-at"))!, System.Globalization.CultureInfo.InvariantCulture), 0.2, 10);
        await TabToAsync(page, "Edit the comment of", begins: true);
        await keys.PressAsync("Enter");
        await Assertions.Expect(page.GetByLabel("The comment's new text")).ToBeFocusedAsync();
        await keys.TypeAsync(", too loud");
        await TabToAsync(page, "Save");
        await keys.PressAsync("Enter");
        await Assertions.Expect(page.Locator(".said")).ToContainTextAsync("too loud");
        Assert.Empty(await PageChecks.AccessibilityFaultsAsync(visit));
        await page.SetViewportSizeAsync(390, 844);
        Assert.Empty(await PageChecks.LayoutFaultsAsync(visit));

        await TabToAsync(page, "Revoke");
        await keys.PressAsync("Enter");
        await Assertions.Expect(page.Locator(".link-row")).ToContainTextAsync("revoked");
        visit.AssertNoFaults();
    }

    /// <summary>Tab until what has the focus is called that.</summary>
    private static async Task TabToAsync(IPage page, string name, bool begins = false)
    {
        for (var press = 0; press < 120; press++)
        {
            await page.Keyboard.PressAsync("Tab");
            var called = await page.EvaluateAsync<string>("""
                () => {
                  const focused = document.activeElement;
                  return (focused.getAttribute('aria-label') ?? focused.labels?.[0]?.textContent ?? focused.textContent ?? '').trim();
                }
                """);
            if (begins ? called.StartsWith(name, StringComparison.Ordinal) : called == name) return;
        }
        Assert.Fail($"Nothing called “{name}” is reached with Tab.");
    }
}
