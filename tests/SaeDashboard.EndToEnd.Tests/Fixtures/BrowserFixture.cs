using Microsoft.Playwright;
using SaeDashboard.EndToEnd.Tests.Pages;

namespace SaeDashboard.EndToEnd.Tests.Fixtures;

/// <summary>One Chromium for all tests; every visit gets a context of its own. Sound needs a gesture, as it does for people.</summary>
public sealed class BrowserFixture : IAsyncLifetime
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

    private static readonly string[] Flags =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ];

    private IPlaywright? playwright;
    private IBrowser? browser;

    public async ValueTask InitializeAsync()
    {
        playwright = await Playwright.CreateAsync();
        browser = await LaunchAsync();
    }

    /// <summary>Another Chromium, with further flags. The caller closes it.</summary>
    internal Task<IBrowser> LaunchAsync(params string[] flags) => playwright!.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Program(), Args = [.. Flags, .. flags] });

    /// <summary>Opens a window on a site in that one.</summary>
    internal static Task<Visit> OpenAsync(IBrowser browser, SiteProcess site) => OpenAsync(browser, site.Url, "", 1440, "dark");

    /// <summary>Opens a window of its own on a site.</summary>
    /// <param name="site">The site.</param>
    /// <param name="path">The page's address, without a leading slash.</param>
    /// <param name="width">1440 or 390 pixels.</param>
    /// <param name="theme">"dark" or "light".</param>
    internal Task<Visit> OpenAsync(SiteProcess site, string path = "", int width = 1440, string theme = "dark") => OpenAsync(site.Url, path, width, theme);

    /// <summary>Opens a window on a site through a slow line.</summary>
    internal Task<Visit> OpenAsync(SlowLine line, string path) => OpenAsync(line.Url, path, 1440, "dark");

    /// <summary>Opens a window on a page at the door, which has no circuit.</summary>
    internal Task<Visit> OpenDoorAsync(SiteProcess site, string path) => OpenAsync(browser!, site.Url, path.TrimStart('/'), 1440, "dark", hasCircuit: false);

    private Task<Visit> OpenAsync(string url, string path, int width, string theme) => OpenAsync(browser!, url, path, width, theme);

    private static async Task<Visit> OpenAsync(IBrowser browser, string url, string path, int width, string theme, bool hasCircuit = true)
    {
        var phone = width < 700;
        var context = await browser.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = url,
            ViewportSize = new ViewportSize { Width = width, Height = phone ? 844 : 900 },
            ColorScheme = theme == "dark" ? ColorScheme.Dark : ColorScheme.Light,
            HasTouch = phone,
            ReducedMotion = ReducedMotion.Reduce,
        });
        context.SetDefaultTimeout(15_000);
        // As patient as actions are: on two busy cores a page may take longer than the 5 s that Playwright gives it.
        Assertions.SetDefaultExpectTimeout(15_000);
        var visit = new Visit(context, await context.NewPageAsync());
        if (hasCircuit) await visit.GoAsync(path);
        else await visit.Page.GotoAsync(path);
        return visit;
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null)
        {
            await ContactSheet.WriteAsync(browser);
            await browser.DisposeAsync();
        }
        playwright?.Dispose();
    }

    /// <summary>scripts/lib/browser.sh exports CHROMIUM; a test run by hand finds the program itself.</summary>
    internal static string Program() =>
        Environment.GetEnvironmentVariable("CHROMIUM") is { Length: > 0 } given
            ? given
            : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
                .SelectMany(folder => Names.Select(name => Path.Combine(folder, name)))
                .FirstOrDefault(File.Exists) ?? throw new FileNotFoundException("No Chromium: see scripts/lib/browser.sh, or set CHROMIUM=/path.");
}
