using Microsoft.Playwright;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Pages;

/// <summary>Addresses of the pages that show one thing. What is not there yet is made as a person would.</summary>
internal static class Things
{
    /// <summary>The address of a page.</summary>
    /// <param name="name">"&lt;run&gt;", "&lt;compare&gt;", "&lt;fork&gt;", "&lt;features&gt;", "&lt;feature&gt;", "&lt;take&gt;" or "&lt;preset&gt;".</param>
    /// <param name="site">The site.</param>
    /// <param name="page">A window on it.</param>
    public static async Task<string> AddressAsync(string name, SiteProcess site, IPage page) => name switch
    {
        "<run>" => await RunAsync(site, page),
        "<compare>" => $"runs/compare?runs={string.Join(',', await RunsAsync(site, page))}",
        "<fork>" => await ForkAsync(site, page),
        "<take>" => $"studio/takes/{await StudioForm.EnsureSteeredTakeAsync(site, page)}",
        "<features>" => $"features/{await DemoSae.IdAsync(page)}",
        "<feature>" => await DemoSae.FeatureAsync(page, DemoSae.Taiko),
        "<preset>" => await FirstLinkAsync(page, "presets", ".preset-item h3 a"),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no such thing"),
    };

    /// <summary>Up to three runs that there are, at least one.</summary>
    private static async Task<string[]> RunsAsync(SiteProcess site, IPage page)
    {
        await RunAsync(site, page);
        return [.. Directory.GetDirectories(Path.Combine(site.Data, "runs"), "run-*").Take(3).Select(folder => Path.GetFileName(folder)!)];
    }

    /// <summary>The form that begins with a checkpoint of a run.</summary>
    private static async Task<string> ForkAsync(SiteProcess site, IPage page)
    {
        await RunAsync(site, page);
        var state = Directory.GetFiles(Path.Combine(site.Data, "runs"), "state.safetensors", SearchOption.AllDirectories).Order(StringComparer.Ordinal).First();
        var checkpoint = Directory.GetParent(state)!;
        return $"runs/new?from={checkpoint.Parent!.Parent!.Name}&checkpoint={checkpoint.Name}";
    }

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
