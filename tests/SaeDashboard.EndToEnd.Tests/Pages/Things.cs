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

    /// <summary>The form that begins with a checkpoint of a run. Other tests write runs without any: those do not count.</summary>
    private static async Task<string> ForkAsync(SiteProcess site, IPage page)
    {
        if (Checkpoint(site) is null) await TrainAsync(page);
        var checkpoint = Checkpoint(site)!;
        return $"runs/new?from={checkpoint.Parent!.Parent!.Name}&checkpoint={checkpoint.Name}";
    }

    /// <summary>The folder of some checkpoint of some run, null where there is none.</summary>
    private static DirectoryInfo? Checkpoint(SiteProcess site) =>
        Directory.GetFiles(Path.Combine(site.Data, "runs"), "state.safetensors", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)
            .Select(Directory.GetParent)
            .FirstOrDefault();

    private static async Task<string> RunAsync(SiteProcess site, IPage page)
    {
        var runs = Directory.GetDirectories(Path.Combine(site.Data, "runs"), "run-*");
        return $"runs/{(runs.Length > 0 ? Path.GetFileName(runs[0]) : await TrainAsync(page))}";
    }

    private static async Task<string> TrainAsync(IPage page)
    {
        await page.GotoAsync("runs/new");
        await page.WaitForSelectorAsync(".shell[data-interactive=true]");
        var run = await RunForm.StartAsync(page);
        await Poll.UntilAsync("the run is done", TimeSpan.FromSeconds(180), async () => await page.Locator("[data-run]").GetAttributeAsync("data-state") == "done");
        return run;
    }

    private static async Task<string> FirstLinkAsync(IPage page, string list, string selector)
    {
        await page.GotoAsync(list);
        return (await page.Locator(selector).First.GetAttributeAsync("href"))!;
    }
}
