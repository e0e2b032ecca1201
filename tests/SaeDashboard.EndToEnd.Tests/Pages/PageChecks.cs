using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Pages;

/// <summary>What every page must pass: layout, accessibility, both themes.</summary>
internal static class PageChecks
{
    private static readonly Lazy<string> Layout = Script("layout.js");
    private static readonly Lazy<string> Focus = Script("focus.js");

    private static readonly AxeRunOptions Wcag22AA = new()
    {
        RunOnly = RunOnlyOptions.Tags("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"),
        ResultTypes = [ResultType.Violations],
    };

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
        await visit.Page.EvaluateAsync("() => scrollTo(0, 0)");
        await visit.Page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        await visit.Page.WaitForFunctionAsync(
            "() => [...document.querySelectorAll('clip-wave')].every(wave => wave.clip?.peaks || wave.getBoundingClientRect().top > innerHeight || wave.getBoundingClientRect().bottom < 0)", null,
            new PageWaitForFunctionOptions { Timeout = 60_000 });
    }

    /// <summary>No horizontal scroll, no control over another.</summary>
    public static async Task<string[]> LayoutFaultsAsync(Visit visit) => await visit.Page.EvaluateAsync<string[]>(Layout.Value);

    /// <summary>Controls on which a person who uses the keyboard cannot see the focus, in the theme that is set.</summary>
    public static async Task<string[]> FocusFaultsAsync(Visit visit)
    {
        // The browser shows the focus that a program sets as it shows the keyboard's only after a key.
        await visit.Page.Keyboard.PressAsync("Tab");
        var faults = await visit.Page.EvaluateAsync<string[]>(Focus.Value);
        // The definitions that the focus opened are closed by the server: until then they cover other controls, and after a change of width they widen the page.
        await visit.Page.WaitForFunctionAsync("() => !document.querySelector('.mud-tooltip.mud-popover-open')");
        return faults;
    }

    /// <summary>What axe-core finds wrong against WCAG 2.2 AA, contrast included.</summary>
    public static async Task<string[]> AccessibilityFaultsAsync(Visit visit)
    {
        // The way that is not marked obsolete opens a second page to gather what it found in frames: ten times the check's own time, and no page
        // has frames.
#pragma warning disable CS0618
        var found = await visit.Page.Locator("html").RunAxeLegacy(Wcag22AA);
#pragma warning restore CS0618
        return
        [
            .. found.Violations.Select(rule => $"{rule.Id}: {rule.Help}: " + string.Join("; ", rule.Nodes.Take(4).Select(node =>
                $"{node.Target} ({node.Any.Concat(node.All).Concat(node.None).FirstOrDefault()?.Message})"))),
        ];
    }

    private static Lazy<string> Script(string name) => new(() => File.ReadAllText(Path.Combine(Clone.Root, "tests", "SaeDashboard.EndToEnd.Tests", "Pages", name)));
}
