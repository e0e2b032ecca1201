using Microsoft.Playwright;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Walk;

/// <summary>Labels, ratings and presets are taken away and brought on the Data page.</summary>
public sealed class ExchangeTests(SharedSite shared, BrowserFixture browser) : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("sae-e2e-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task The_file_that_Export_gives_is_taken_by_Import_and_a_wrong_one_is_refused_by_its_line()
    {
        var site = await shared.GetAsync();
        await using var visit = await browser.OpenAsync(site, "data");
        var page = visit.Page;
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Export" }).ClickAsync());
        var file = Path.Combine(folder, download.SuggestedFilename);
        await download.SaveAsAsync(file);
        Assert.Contains("\"kind\":\"preset\"", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), StringComparison.Ordinal);

        var answer = page.Locator("[data-written-answer]");
        await page.Locator("input[data-written-import]").SetInputFilesAsync(file);
        await Assertions.Expect(answer).ToContainTextAsync("0 labels, 0 ratings and 0 presets are new");

        visit.Forgive(); // the refusal is an answer of 400, which the browser notes
        var wrong = Path.Combine(folder, "wrong.jsonl");
        await File.WriteAllTextAsync(wrong, (await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken))[0] + "\nmy notes\n", TestContext.Current.CancellationToken);
        await page.Locator("input[data-written-import]").SetInputFilesAsync(wrong);
        await Assertions.Expect(answer).ToContainTextAsync("wrong.jsonl: nothing was imported, a line is wrong. Line 2");
    }
}
