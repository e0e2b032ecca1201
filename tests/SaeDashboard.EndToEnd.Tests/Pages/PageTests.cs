using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Pages;

/// <summary>Every page at desk and phone width, dark and light.</summary>
public sealed class PageTests(SharedSite shared, BrowserFixture browser)
{
    /// <summary>Every page's address, at both widths.</summary>
    public static TheoryData<string, int> Pages => Theory(["", "runs", "runs/new", "features", "studio", "presets", "data", "jobs", "no-such-page"]);

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task A_page_is_whole_in_both_themes(string path, int width)
    {
        await using var visit = await browser.OpenAsync(await shared.GetAsync(), path, width);
        var faults = new List<string>();
        foreach (var theme in new[] { "dark", "light" })
        {
            await PageChecks.SetThemeAsync(visit, theme);
            // The layout does not depend on the theme; the contrast does.
            if (theme == "dark") faults.AddRange(await PageChecks.LayoutFaultsAsync(visit));
            faults.AddRange((await PageChecks.AccessibilityFaultsAsync(visit)).Select(fault => $"{theme}: {fault}"));
        }
        Assert.True(faults.Count == 0, $"/{path} at {width} px:{Environment.NewLine}{string.Join(Environment.NewLine, faults)}");
        if (path != "no-such-page") visit.AssertNoFaults();
        Assert.Equal(1, await visit.Page.Locator("h1").CountAsync());
    }

    private static TheoryData<string, int> Theory(string[] paths)
    {
        var data = new TheoryData<string, int>();
        foreach (var path in paths)
        {
            data.Add(path, 1440);
            data.Add(path, 390);
        }
        return data;
    }
}
