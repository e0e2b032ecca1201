using Deque.AxeCore.Commons;
using Microsoft.Playwright;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Pages;

/// <summary>What every page must pass: layout, accessibility, both themes.</summary>
internal static class PageChecks
{
    private static readonly Lazy<string> Layout = new(() => File.ReadAllText(Path.Combine(Clone.Root, "tests", "SaeDashboard.EndToEnd.Tests", "Pages", "layout.js")));

    // The package that runs it through Playwright opens a second page for every check, which takes three to thirty times as long as the check.
    private static readonly Lazy<string> Axe = new(() =>
    {
        using var script = new StreamReader(typeof(AxeResult).Assembly.GetManifestResourceStream("Deque.AxeCore.Commons.Resources.axe.min.js")!);
        return script.ReadToEnd();
    });

    /// <summary>Sets the theme as the button does, and waits for it to be painted.</summary>
    public static Task SetThemeAsync(Visit visit, string theme) => visit.Page.EvaluateAsync(
        """
        async theme => {
          if (document.documentElement.dataset.theme !== theme) document.querySelector('[data-action=theme]').click();
          // Colours fade: what is measured is the end of it.
          await Promise.allSettled(document.getAnimations().filter(each => each.effect?.getTiming().iterations !== Infinity).map(each => each.finished));
          await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
        }
        """, theme);

    /// <summary>Waits until what is drawn from data has come: every wave in the window, and no request under way.</summary>
    public static async Task SettledAsync(Visit visit)
    {
        await visit.Page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        await visit.Page.WaitForFunctionAsync(
            "() => [...document.querySelectorAll('clip-wave')].every(wave => wave.clip?.peaks || wave.getBoundingClientRect().top > innerHeight)", null,
            new PageWaitForFunctionOptions { Timeout = 60_000 });
    }

    /// <summary>No horizontal scroll, no control over another.</summary>
    public static async Task<string[]> LayoutFaultsAsync(Visit visit) => await visit.Page.EvaluateAsync<string[]>(Layout.Value);

    /// <summary>What axe-core finds wrong against WCAG 2.2 AA, contrast included.</summary>
    public static async Task<string[]> AccessibilityFaultsAsync(Visit visit)
    {
        if (!await visit.Page.EvaluateAsync<bool>("() => 'axe' in globalThis")) await visit.Page.EvaluateAsync(Axe.Value);
        return await visit.Page.EvaluateAsync<string[]>(
            """
            async () => {
              const found = await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], resultTypes: ['violations'] });
              const node = each => `${each.target.join(' ')} (${[...each.any, ...each.all, ...each.none][0]?.message})`;
              return found.violations.map(rule => `${rule.id}: ${rule.help}: ${rule.nodes.slice(0, 4).map(node).join('; ')}`);
            }
            """);
    }
}
