using System.Text.Json.Nodes;
using Microsoft.Playwright;
using SaeDashboard.Core.Presets;
using SaeDashboard.Core.Takes;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Walk;

/// <summary>A steering is shared: by its link, by its file.</summary>
public sealed class PresetTests(SharedSite shared, BrowserFixture browser) : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("sae-e2e-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_link_sounds_in_another_browser_and_is_made_again_as_a_new_take_with_the_same_codes()
    {
        var site = await shared.GetAsync();
        string link;
        await using (var sender = await browser.OpenAsync(site, "presets"))
        {
            link = (await sender.Page.Locator(".preset-item [data-copy-link]").First.GetAttributeAsync("data-copy-link"))!;
            sender.AssertNoFaults();
        }
        var takes = Takes(site);

        await using var receiver = await browser.OpenAsync(site, link);
        var page = receiver.Page;
        // The link plays by itself. A browser that wants a gesture before any sound says so, and any press lets it out.
        await page.WaitForFunctionAsync("() => globalThis.saeAudio?.state.playing || document.querySelector('.tap-to-hear:not([hidden])')");
        var tap = page.Locator(".tap-to-hear");
        if (await tap.IsVisibleAsync()) await tap.ClickAsync();
        var heard = await Sound.HearAsync(page);
        var id = link.Split('/')[^1].Split('?')[0];
        Assert.InRange(heard.Decibels, -60, 0);
        Assert.InRange(heard.Correlation(await Sound.DownloadAsync(site, $"api/v1/presets/{id}/steered.wav")), 0.95, 1.001);
        Assert.Equal(takes, Takes(site)); // nothing was generated for it

        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Reproduce" }).ClickAsync();
        var result = page.Locator("[data-replay-result]");
        await result.WaitForAsync(new LocatorWaitForOptions { Timeout = 60_000 });
        Assert.Equal("same", await result.GetAttributeAsync("data-replay-result"));
        var made = new TakeFolder(Path.Combine(site.Data, "takes", Assert.Single(Takes(site).Except(takes))));
        // The page's word is held against the files.
        using var client = new HttpClient { BaseAddress = new Uri(site.Url) };
        var file = Path.Combine(folder, "exported.json");
        await File.WriteAllBytesAsync(file, await client.GetByteArrayAsync(new Uri($"api/v1/presets/{id}.json", UriKind.Relative), TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
        var preset = PresetFile.Read(file);
        Assert.Null(PresetFile.Codes(preset, PresetArms.Baseline).FirstDifference(made.ReadCodes(TakeArms.Baseline)!));
        Assert.Null(PresetFile.Codes(preset, PresetArms.Steered).FirstDifference(made.ReadCodes(TakeArms.Steered)!));
        receiver.AssertNoFaults();
    }

    [Fact]
    public async Task A_take_becomes_a_preset_that_is_in_the_list()
    {
        var site = await shared.GetAsync();
        await using var visit = await browser.OpenAsync(site, "studio");
        var page = visit.Page;
        var take = await StudioForm.EnsureSteeredTakeAsync(site, page);
        await visit.GoAsync($"studio/takes/{take}");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Save as preset" }).ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Name").FillAsync("Saved in the walk");
        await dialog.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Save", Exact = true }).ClickAsync();
        await Assertions.Expect(page.GetByText("Saved preset “Saved in the walk”.")).ToBeVisibleAsync();
        await visit.GoAsync("presets");
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Saved in the walk", Exact = true }).ClickAsync();
        await page.Locator("preset-player .play-button").ClickAsync();
        Assert.InRange((await Sound.HearAsync(page)).Decibels, -60, 0);
        visit.AssertNoFaults();
    }

    [Theory]
    [InlineData("an-unknown-field", "sparkle")]
    [InlineData("an-absurd-strength", "1000000")]
    [InlineData("no-preset-at-all", "")]
    public async Task A_bad_file_is_refused_in_one_message_that_names_it(string name, string culprit)
    {
        var site = await shared.GetAsync();
        await using var visit = await browser.OpenAsync(site, "presets");
        var page = visit.Page;
        var preset = JsonNode.Parse(await File.ReadAllTextAsync(Directory.GetFiles(Path.Combine(Clone.Demo, "presets"), "*.json").Order().First(), TestContext.Current.CancellationToken))!;
        // Other tests bring presets of other names meanwhile.
        var mine = page.Locator(".preset-item h3", new PageLocatorOptions { HasText = preset["name"]!.GetValue<string>() });
        var listed = await mine.CountAsync();
        if (name == "an-unknown-field") preset["sparkle"] = 3;
        if (name == "an-absurd-strength") preset["steers"]![0]!["strength"] = 1000000;
        var file = Path.Combine(folder, name + ".json");
        await File.WriteAllTextAsync(file, name == "no-preset-at-all" ? "<html>" : preset.ToJsonString(), TestContext.Current.CancellationToken);

        visit.Forgive(); // the refusal is an answer of 400, which the browser notes
        await page.Locator("input[data-preset-import]").SetInputFilesAsync(file);
        var answer = page.Locator("[data-preset-answer]");
        await Assertions.Expect(answer).ToContainTextAsync(name + ".json");
        await Assertions.Expect(answer).ToContainTextAsync(culprit);
        await visit.GoAsync("presets");
        Assert.Equal(listed, await mine.CountAsync());
    }

    private static string[] Takes(SiteProcess site) => [.. TakeFolder.List(Path.Combine(site.Data, "takes")).Select(take => take.Id)];
}
