using System.Text.RegularExpressions;
using Microsoft.Playwright;
using SaeDashboard.EndToEnd.Tests.Fixtures;
using SaeDashboard.EndToEnd.Tests.Pages;

namespace SaeDashboard.EndToEnd.Tests.Walk;

/// <summary>A site with accounts, by hand: the printed link, an invite, a role that may not, a key, and a person who is signed out while a page is open.</summary>
public sealed partial class AccountTests(BrowserFixture browser)
{
    private const string Password = "correct horse battery";

    [Fact]
    [Trait("Length", "Long")]
    public async Task An_admin_invites_a_viewer_who_may_read_only_and_is_signed_out_while_a_page_is_open()
    {
        await using var site = await SiteProcess.StartWithAsync("--accounts", "on", "--Accounts:RevalidateSeconds", "1");
        var faults = new List<string>();
        await Poll.UntilAsync("the link is printed", TimeSpan.FromSeconds(15), () => SetupLink().IsMatch(site.Output));
        await using var ada = await browser.OpenDoorAsync(site, SetupLink().Match(site.Output).Groups["path"].Value);
        await CheckAsync("setup", ada, faults);
        await ada.Page.FillAsync("#name", "Ada");
        await ada.Page.FillAsync("#password", Password);
        await ada.Page.ClickAsync("button.primary");
        await ada.InteractiveAsync();
        await ada.Page.SelectOptionAsync("#invite-role", "Viewer");
        await ada.Page.ClickAsync("#invites button.primary");
        var link = await ada.Page.InputValueAsync("#invites .made input");
        await CheckAsync("admin/users", ada, faults);

        await using var bob = await browser.OpenDoorAsync(site, new Uri(link).PathAndQuery);
        await CheckAsync("invite", bob, faults);
        await bob.Page.FillAsync("#name", "Bob");
        await bob.Page.FillAsync("#password", Password);
        await bob.Page.ClickAsync("button.primary");
        await bob.InteractiveAsync();
        await Assertions.Expect(bob.Page.Locator(".topbar .person")).ToContainTextAsync("Bob");
        await bob.Page.GotoAsync("admin/users");
        await Assertions.Expect(bob.Page.GetByText("your role may not open")).ToBeVisibleAsync();
        await CheckAsync("sign-in, refused", bob, faults);

        // A key is shown once.
        await bob.GoAsync("account");
        await bob.Page.FillAsync("#key-name", "Notebook");
        await bob.Page.ClickAsync("#keys button.primary");
        var key = await bob.Page.InputValueAsync("#keys .made input");
        using var program = new HttpClient { BaseAddress = new Uri(site.Url) };
        program.DefaultRequestHeaders.Authorization = new("Bearer", key);
        Assert.Contains("\"Bob\"", await program.GetStringAsync(new Uri("api/v1/me", UriKind.Relative), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        await CheckAsync("account", bob, faults);

        // The admin closes the account while the page is open.
        bob.Forgive();
        await ada.Page.ReloadAsync();
        await ada.InteractiveAsync();
        await ada.Page.Locator("[data-person=Bob]").GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Close" }).ClickAsync();
        await Assertions.Expect(bob.Page.GetByText("You are signed out")).ToBeVisibleAsync();
        await bob.Page.ReloadAsync();
        await Assertions.Expect(bob.Page.Locator("#password")).ToBeVisibleAsync();
        await CheckAsync("sign-in", bob, faults);
        Assert.True(faults.Count == 0, string.Join(Environment.NewLine, faults));
        ada.AssertNoFaults();
    }

    /// <summary>Accessibility and layout, on a desk in the dark and on a phone in the light.</summary>
    private static async Task CheckAsync(string what, Visit visit, List<string> faults)
    {
        foreach (var (width, theme) in new[] { (1440, "dark"), (390, "light") })
        {
            await visit.Page.SetViewportSizeAsync(width, visit.Page.ViewportSize!.Height);
            // The pages at the door have no button for it: they follow the system.
            if (await visit.Page.Locator("[data-action=theme]").CountAsync() > 0) await PageChecks.SetThemeAsync(visit, theme);
            else await visit.Page.EvaluateAsync("theme => { document.documentElement.dataset.theme = theme; }", theme);
            faults.AddRange((await PageChecks.AccessibilityFaultsAsync(visit)).Select(fault => $"{what}, {width} px, {theme}: {fault}"));
            faults.AddRange((await PageChecks.LayoutFaultsAsync(visit)).Select(fault => $"{what}, {width} px: {fault}"));
        }
        await visit.Page.SetViewportSizeAsync(1440, visit.Page.ViewportSize!.Height);
    }

    [GeneratedRegex(@"makes the first one, once: http://[^/]+(?<path>/setup\?word=\S+)")]
    private static partial Regex SetupLink();
}
