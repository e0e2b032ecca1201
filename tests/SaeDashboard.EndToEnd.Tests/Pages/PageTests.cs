using System.Net;
using Microsoft.Playwright;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Pages;

/// <summary>Every page from a phone's width to a large screen's, dark and light.</summary>
public sealed class PageTests(SharedSite shared, BrowserFixture browser)
{
    /// <summary>Every page. A name in angle brackets is replaced by an item that exists; "labelling" is a feature whose label is being typed while a
    /// clip plays.</summary>
    public static TheoryData<string> Pages =>
    [
        "", "runs", "runs/new", "<run>", "<compare>", "<fork>", "<features>", "<filters>", "<sae>", "<feature>", "<labelling>", "<atlas>", "<guests>", "<listen>", "<chooser>",
        "annotate", "annotate/new", "<queue>", "<decide>", "annotate/batches", "annotate/batches/new", "<batch>", "studio", "<take>", "presets", "<preset>", "<shared>", "<takes>", "data", "data/import", "<import>", "jobs", "notebook", "account",
    ];

    // Which of them shows a page's address; null: what it answers is tested below.
    private static readonly Dictionary<string, string?> Shown = new()
    {
        ["/"] = "", ["/runs"] = "runs", ["/runs/new"] = "runs/new", ["/runs/{Id}"] = "<run>", ["/runs/compare"] = "<compare>", ["/features"] = "<features>",
        ["/features/{SaeId}"] = "<features>",
        ["/features/{SaeId}/{Feature:int}"] = "<feature>",
        ["/features/{SaeId}/guests"] = "<guests>",
        ["/saes/{Id}"] = "<sae>",
        ["/listen/{SaeId}"] = "<listen>",
        ["/atlas/{SaeId}"] = "<atlas>",
        ["/annotate"] = "annotate", ["/annotate/new"] = "annotate/new", ["/annotate/{Id}"] = "<queue>", ["/annotate/{Id}/decide"] = "<decide>",
        ["/annotate/batches"] = "annotate/batches", ["/annotate/batches/new"] = "annotate/batches/new", ["/annotate/batches/{Id}"] = "<batch>",
        ["/studio"] = "studio", ["/studio/takes/{TakeId}"] = "<take>",
        ["/presets"] = "presets", ["/presets/{Id}"] = "<preset>", ["/p/{Word}"] = "<shared>", ["/studio/compare"] = "<takes>", ["/data"] = "data", ["/data/import"] = "data/import", ["/jobs"] = "jobs", ["/notebook"] = "notebook", ["/account"] = "account",
        // With accounts: AccountTests.
        ["/sign-in"] = null, ["/setup"] = null, ["/invite/{Word}"] = null, ["/admin/users"] = null, ["/{*Address:nonfile}"] = null,
    };

    [Fact]
    public void Every_address_of_the_site_is_among_them()
    {
        var routes = Directory.EnumerateFiles(Path.Combine(Clone.Root, "src", "SaeDashboard.Web"), "*.razor", SearchOption.AllDirectories)
            .SelectMany(File.ReadLines).Where(line => line.StartsWith("@page \"", StringComparison.Ordinal)).Select(line => line.Split('"')[1]).ToList();
        Assert.Equal(Shown.Keys.Order(StringComparer.Ordinal), routes.Order(StringComparer.Ordinal));
        Assert.All(Shown.Values, shown => Assert.True(shown is null || Pages.Any(page => page.Data == shown), $"Pages lacks {shown}"));
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task A_page_is_whole_at_every_width_in_both_themes(string path)
    {
        var site = await shared.GetAsync();
        int[] widths = ContactSheet.IsWanted ? [1440, 2560, 720, 390] : [1440, 720, 390];
        await using var visit = await browser.OpenAsync(site, path.StartsWith('<') ? "" : path, widths[0]);
        if (path.StartsWith('<')) await visit.GoAsync(await Things.AddressAsync(path == "<labelling>" ? "<feature>" : path, site, visit.Page));
        if (path == "<labelling>")
        {
            await visit.Page.Locator(".clip [data-play]").First.ClickAsync();
            await visit.Page.Locator("now-playing").WaitForAsync();
            await visit.Page.Keyboard.PressAsync("e");
            await visit.Page.Locator("#label-text").WaitForAsync();
        }
        var faults = new List<string>();
        foreach (var width in widths)
        {
            await visit.Page.SetViewportSizeAsync(width, visit.Page.ViewportSize!.Height);
            await PageChecks.SettledAsync(visit);
            foreach (var theme in new[] { "dark", "light" })
            {
                // One theme on a desk, the other on a phone. scripts/screens.sh judges every width in both.
                var judged = ContactSheet.IsWanted || (width, theme) is (1440, "dark") or (390, "light");
                if (!judged) continue;
                await PageChecks.SetThemeAsync(visit, theme);
                await ContactSheet.ShootAsync(visit, site, path.Length == 0 ? "home" : path.Trim('<', '>').Replace('/', '-'), width, theme);
                faults.AddRange((await PageChecks.AccessibilityFaultsAsync(visit)).Select(fault => $"{width} px, {theme}: {fault}"));
                faults.AddRange((await PageChecks.FocusFaultsAsync(visit)).Select(fault => $"{width} px, {theme}: {fault}"));
            }
            faults.AddRange((await PageChecks.LayoutFaultsAsync(visit)).Select(fault => $"{width} px: {fault}"));
        }
        Assert.True(faults.Count == 0, $"/{path}:{Environment.NewLine}{string.Join(Environment.NewLine, faults)}");
        visit.AssertNoFaults();
        Assert.Equal(1, await visit.Page.Locator("h1").CountAsync());
    }

    [Theory]
    [Trait("Length", "Long")]
    [InlineData("Object.assign(document.querySelector('main').appendChild(document.createElement('p')).style, { width: '900px' })", " px")]
    [InlineData("Object.assign(document.body.appendChild(document.createElement('button')).style, { position: 'fixed', inset: '0', zIndex: 9999 })", "is covered by")]
    public async Task The_check_of_the_layout_sees_what_is_wrong(string spoil, string expected)
    {
        await using var visit = await browser.OpenAsync(await shared.GetAsync(), "jobs", 390);
        Assert.Empty(await PageChecks.LayoutFaultsAsync(visit));
        await visit.Page.EvaluateAsync(spoil);
        Assert.Contains(await PageChecks.LayoutFaultsAsync(visit), fault => fault.Contains(expected, StringComparison.Ordinal));
    }

    [Theory]
    [Trait("Length", "Long")]
    [InlineData("document.querySelector('main').appendChild(document.createElement('img')).src = 'favicon.ico'", "image-alt")]
    [InlineData("Object.assign(document.querySelector('main').appendChild(document.createElement('p')), { textContent: 'faint' }).style = 'color: #777; background: #888'", "color-contrast")]
    public async Task The_check_of_accessibility_sees_what_is_wrong(string spoil, string rule)
    {
        await using var visit = await browser.OpenAsync(await shared.GetAsync(), "jobs", 390);
        Assert.Empty(await PageChecks.AccessibilityFaultsAsync(visit));
        await visit.Page.EvaluateAsync(spoil);
        Assert.StartsWith($"{rule}: ", Assert.Single(await PageChecks.AccessibilityFaultsAsync(visit)), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Length", "Long")]
    public async Task The_check_of_the_focus_sees_what_is_wrong()
    {
        await using var visit = await browser.OpenAsync(await shared.GetAsync(), "jobs", 390);
        Assert.Empty(await PageChecks.FocusFaultsAsync(visit));
        await visit.Page.AddStyleTagAsync(new PageAddStyleTagOptions { Content = "a:focus-visible { outline: none !important }" });
        Assert.All(await PageChecks.FocusFaultsAsync(visit), fault => Assert.StartsWith("<a ", fault, StringComparison.Ordinal));
        Assert.NotEmpty(await PageChecks.FocusFaultsAsync(visit));
    }

    [Fact]
    public async Task An_unknown_address_says_so_and_leads_home()
    {
        var site = await shared.GetAsync();
        await using var visit = await browser.OpenAsync(site, "no/such/page");
        await Assertions.Expect(visit.Page.GetByText("Page not found")).ToBeVisibleAsync();
        await visit.Page.GetByRole(AriaRole.Main).GetByRole(AriaRole.Link, new LocatorGetByRoleOptions { Name = "Home" }).ClickAsync();
        await Poll.UntilAsync("home is open", TimeSpan.FromSeconds(15), () => visit.Page.Url == new Uri(site.Url).ToString());
        using var client = new HttpClient { BaseAddress = new Uri(site.Url) };
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(new Uri("no/such/page", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task A_page_of_what_does_not_exist_answers_404_and_says_what_is_missing()
    {
        var site = await shared.GetAsync();
        using var client = new HttpClient { BaseAddress = new Uri(site.Url) };
        await using var visit = await browser.OpenAsync(site);
        var features = await Things.AddressAsync("<features>", site, visit.Page);
        foreach (var (path, said) in new[]
        {
            ("runs/run-20260101-000000-aaaa", "Run not found"), ("runs/first%3Anone", "Run not found"), ("runs/compare?sweep=none", "Sweep not found"),
            (features + "/999999", "Feature 999999 not found"), ("features/sae-none", "Features not found"),
            ("features/sae-none/guests", "Features not found"),
            ("saes/sae-none", "SAE not found"),
            ("annotate/queue-20260101-000000-aaaa", "Queue not found"), ("annotate/queue-20260101-000000-aaaa/decide", "Queue not found"),
            ("annotate/batches/batch-20260101-000000-zzzz", "Batch not found"),
            ("listen/sae-none", "Features not found"),
            ("atlas/sae-none", "Atlas not found"),
            ("presets/preset-20260101-000000-aaaa", "Preset not found"),
            ("studio/takes/take-20260101-000000-aaaa", "Take not found"), ("no/such/page", "Page not found"),
        })
        {
            using var answer = await client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
            Assert.Equal((path, HttpStatusCode.NotFound), (path, answer.StatusCode));
            Assert.Contains(said, WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)), StringComparison.Ordinal);
        }
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(new Uri(features, UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode);
    }
}
