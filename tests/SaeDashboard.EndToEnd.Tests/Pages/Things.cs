using System.Globalization;
using Microsoft.Playwright;
using SaeDashboard.Core.Runs;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Pages;

/// <summary>Addresses of the pages that show one thing. What is not there yet is made as a person would.</summary>
internal static class Things
{
    /// <summary>The address of a page.</summary>
    /// <param name="name">One of the names in angle brackets below.</param>
    /// <param name="site">The site.</param>
    /// <param name="page">A window on it.</param>
    public static async Task<string> AddressAsync(string name, SiteProcess site, IPage page) => name switch
    {
        "<run>" => $"runs/{await RunAsync(site, page)}",
        "<compare>" => $"runs/compare?runs={string.Join(',', await RunsAsync(site, page))}",
        "<fork>" => await ForkAsync(site, page),
        "<take>" => $"studio/takes/{await StudioForm.EnsureSteeredTakeAsync(site, page)}",
        "<features>" => $"features/{await DemoSae.IdAsync(page)}",
        "<filters>" => $"features/{await DemoSae.IdAsync(page)}?q=harpsicord&all=1&label=unlabelled&most=10&select=3,7-9",
        "<sae>" => $"saes/{await DemoSae.IdAsync(page)}",
        "<atlas>" => $"atlas/{await DemoSae.IdAsync(page)}",
        "<guests>" => $"features/{await DemoSae.IdAsync(page)}/guests",
        "<chooser>" => $"listen/{await DemoSae.IdAsync(page)}",
        "<listen>" => $"listen/{await DemoSae.IdAsync(page)}?clip=7&from=2&to=4",
        "<feature>" => await DemoSae.FeatureAsync(page, DemoSae.Taiko),
        "<queue>" => $"annotate/{await DisputedQueue.MakeAsync(site)}",
        "<decide>" => $"annotate/{await DisputedQueue.MakeAsync(site)}/decide",
        "<batch>" => $"annotate/batches/{WrittenBatch.Id}",
        "<shared>" => $"p/{await SharedLinks.MakeAsync(site)}",
        "<takes>" => await StudioForm.EnsureSteeredTakeAsync(site, page) is var take ? $"studio/compare?a={take}&b={await SecondTake.MakeAsync(site, take)}" : "",
        "<preset>" => await FirstLinkAsync(page, "presets", ".preset-item h3 a"),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no such thing"),
    };

    /// <summary>Up to three runs, a trained one first.</summary>
    private static async Task<string[]> RunsAsync(SiteProcess site, IPage page)
    {
        var trained = await RunAsync(site, page);
        var others = Directory.GetDirectories(Runs(site), "run-*").Select(folder => Path.GetFileName(folder)!).Where(run => run != trained);
        return [trained, .. others.OrderBy(run => !IsTrained(site, run)).ThenBy(run => run, StringComparer.Ordinal).Take(2)];
    }

    /// <summary>The form that begins with the first checkpoint of a trained run.</summary>
    private static async Task<string> ForkAsync(SiteProcess site, IPage page)
    {
        var run = await RunAsync(site, page);
        return string.Create(CultureInfo.InvariantCulture, $"runs/new?from={run}&checkpoint={RunCheckpoints.List(Path.Combine(Runs(site), run))[0].Step}");
    }

    /// <summary>A run that was trained to its end: other tests write runs that never trained, or end some early.</summary>
    private static async Task<string> RunAsync(SiteProcess site, IPage page) =>
        Directory.GetDirectories(Runs(site), "run-*").Order(StringComparer.Ordinal).Select(folder => Path.GetFileName(folder)!).FirstOrDefault(run => IsTrained(site, run))
        ?? await TrainAsync(page);

    private static bool IsTrained(SiteProcess site, string run)
    {
        var folder = Path.Combine(Runs(site), run);
        return RunFolder.ReadStatus(folder)?.State == RunState.Done && RunCheckpoints.List(folder).Count > 0;
    }

    private static string Runs(SiteProcess site) => Path.Combine(site.Data, "runs");

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
