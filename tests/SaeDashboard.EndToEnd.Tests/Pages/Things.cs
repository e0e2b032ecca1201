using Microsoft.Playwright;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Pages;

/// <summary>Addresses of the pages that show one thing. What is not there yet is made as a person would.</summary>
internal static class Things
{
    /// <summary>The address of a page.</summary>
    /// <param name="name">"&lt;run&gt;", "&lt;features&gt;", "&lt;feature&gt;", "&lt;take&gt;" or "&lt;preset&gt;".</param>
    /// <param name="site">The site.</param>
    /// <param name="page">A window on it.</param>
    public static async Task<string> AddressAsync(string name, SiteProcess site, IPage page) => name switch
    {
        "<run>" => await RunAsync(site, page),
        "<take>" => $"studio/takes/{await StudioForm.EnsureSteeredTakeAsync(site, page)}",
        "<features>" => $"features/{await DemoSae.IdAsync(page)}",
        "<feature>" => await DemoSae.FeatureAsync(page, DemoSae.Taiko),
        "<preset>" => await FirstLinkAsync(page, "presets", ".preset-item h3 a"),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no such thing"),
    };

    private static async Task<string> RunAsync(SiteProcess site, IPage page)
    {
        var runs = Directory.GetDirectories(Path.Combine(site.Data, "runs"), "run-*");
        if (runs.Length > 0) return $"runs/{Path.GetFileName(runs[0])}";
        await page.GotoAsync("runs/new");
        await page.WaitForSelectorAsync(".shell[data-interactive=true]");
        var run = await RunForm.StartAsync(page);
        await Poll.UntilAsync("the run is done", TimeSpan.FromSeconds(180), async () => await page.Locator("[data-run]").GetAttributeAsync("data-state") == "done");
        return $"runs/{run}";
    }

    private static async Task<string> FirstLinkAsync(IPage page, string list, string selector)
    {
        await page.GotoAsync(list);
        return (await page.Locator(selector).First.GetAttributeAsync("href"))!;
    }
}
