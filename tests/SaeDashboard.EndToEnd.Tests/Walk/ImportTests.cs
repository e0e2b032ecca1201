using Microsoft.Playwright;
using SaeDashboard.Core.Audio;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Walk;

/// <summary>A folder of sounds becomes a dataset, from the page.</summary>
public sealed class ImportTests(SharedSite shared, BrowserFixture browser)
{
    [Fact]
    public async Task Choices_are_in_the_address_and_what_would_be_refused_is_shown()
    {
        var site = await shared.GetAsync();
        var name = Sounds(site, "choices");
        await using var visit = await browser.OpenAsync(site, "data/import");
        await visit.InteractiveAsync();
        await visit.Page.Locator("#import-folder").FillAsync(name);
        await visit.Page.Locator("#import-folder").PressAsync("Enter");
        await visit.Page.Locator("#import-table").SelectOptionAsync("tracks.csv");
        await visit.Page.Locator("#import-file-column").SelectOptionAsync("path");
        await visit.Page.Locator("#import-caption-column").SelectOptionAsync("words");
        await visit.Page.Locator("[data-import-sounds='3']").WaitForAsync();
        await visit.Page.WaitForURLAsync(url => url.Contains($"folder={name}", StringComparison.Ordinal) && url.Contains("table=tracks.csv", StringComparison.Ordinal) && url.Contains("caption=words", StringComparison.Ordinal));
        Assert.Contains("1 row without a file", await visit.Page.Locator(".import-refused summary").InnerTextAsync(), StringComparison.Ordinal);
        await visit.Page.ReloadAsync();
        await visit.Page.Locator("[data-import-sounds='3']").WaitForAsync();
        Assert.Equal("words", await visit.Page.Locator("#import-caption-column").InputValueAsync());
        visit.AssertNoFaults();
    }

    [Fact]
    [Trait("Length", "Long")]
    public async Task It_is_imported_as_a_run_and_appears_among_the_datasets()
    {
        var site = await shared.GetAsync();
        var name = Sounds(site, "imported");
        await using var visit = await browser.OpenAsync(site, $"data/import?folder={name}&table=tracks.csv&file=path&caption=words&seconds=1&name=imported here");
        await visit.InteractiveAsync();
        await visit.Page.Locator("[data-import-sounds='3']").WaitForAsync();
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Import", Exact = true }).ClickAsync();
        await visit.Page.Locator("[data-import-clips='3']").WaitForAsync(new() { Timeout = 120_000 });
        await visit.Page.GetByText("Train an SAE on it").WaitForAsync(new() { Timeout = 30_000 });
        Assert.Equal(["gone.wav", "short.wav"], (await visit.Page.Locator(".refused-list .path").AllInnerTextsAsync()).Order(StringComparer.Ordinal));
        var list = await visit.Page.APIRequest.GetAsync($"{site.Url}api/v1/datasets/imported-here/refused");
        Assert.Contains("\"tooShort\"", await list.TextAsync(), StringComparison.Ordinal);
        await visit.GoAsync("data");
        await visit.Page.GetByText("imported-here").First.WaitForAsync();
        visit.AssertNoFaults();
    }

    internal static string Sounds(SiteProcess site, string name)
    {
        var folder = Directory.CreateDirectory(Path.Combine(site.Data, "sounds", name)).FullName;
        foreach (var (file, samples) in new[] { ("a.wav", 40_000), ("b.wav", 24_000), ("short.wav", 800) })
            WavFile.Write(Path.Combine(folder, file), new Waveform([[.. Enumerable.Range(0, samples).Select(at => 0.3f * MathF.Sin(at * 0.1f))]], 16_000), WavEncoding.Pcm16);
        File.WriteAllText(Path.Combine(folder, "tracks.csv"), "path,words\na.wav,one\nb.wav,two\nshort.wav,three\ngone.wav,four\n");
        return name;
    }
}
