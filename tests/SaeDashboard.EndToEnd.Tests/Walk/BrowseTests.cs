using Microsoft.Playwright;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Walk;

/// <summary>Features are found with facets and a misspelled word, kept in lists and views, and taken away as a file.</summary>
public sealed class BrowseTests(SharedSite shared, BrowserFixture browser)
{
    [Fact]
    public async Task A_misspelled_word_is_found_and_what_was_found_becomes_a_list_with_one_Undo()
    {
        await using var visit = await browser.OpenAsync(await shared.GetAsync());
        var page = visit.Page;
        var demo = await DemoSae.IdAsync(page);
        await visit.GoAsync($"features/{demo}");
        await page.Keyboard.PressAsync("/");
        await page.Keyboard.TypeAsync("taikoo");
        await Assertions.Expect(page.Locator(".approximate")).ToContainTextAsync("“taikoo”; showing “taiko”");
        await Assertions.Expect(page.Locator("tr[data-feature] mark").First).ToHaveTextAsync("taiko", new LocatorAssertionsToHaveTextOptions { IgnoreCase = true });
        await Assertions.Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("q=taikoo"));

        // The first and, by Shift, up to the third.
        await page.Keyboard.PressAsync("Escape");
        await page.Keyboard.TypeAsync("jx");
        await page.Keyboard.TypeAsync("jj");
        await page.Keyboard.PressAsync("Shift+X");
        await Assertions.Expect(page.Locator("tr[data-picked]")).ToHaveCountAsync(3);
        await Assertions.Expect(page.Locator(".selection")).ToContainTextAsync("3 selected");
        Assert.Contains("select=", page.Url, StringComparison.Ordinal);
        var chosen = await page.Locator("tr[data-picked]").EvaluateAllAsync<string[]>("rows => rows.map(row => row.dataset.feature)");

        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Add 3 features to a list…" }).ClickAsync();
        var name = $"Taikos {Guid.NewGuid():N}"[..20];
        // With lists of other tests it offers those first.
        await page.Locator("#list-form").WaitForAsync();
        if (await page.Locator("#list-choice").CountAsync() > 0) await page.Locator("#list-choice").SelectOptionAsync("");
        await page.Locator("#list-name").FillAsync(name);
        await page.Locator("#list-form").EvaluateAsync("form => form.requestSubmit()");
        await Assertions.Expect(page.Locator(".mud-snackbar").Last).ToContainTextAsync($"Made the list “{name}” with 3 features.");

        // The selection stays until it is cleared, and would come along into the list.
        await page.Locator("[data-clear-selection]").ClickAsync();
        await page.WaitForURLAsync(url => !url.Contains("select=", StringComparison.Ordinal));

        // The list is a filter, in the address.
        await page.Locator("[data-list] a", new PageLocatorOptions { HasTextString = name }).ClickAsync();
        await Assertions.Expect(page.Locator(".chip", new PageLocatorOptions { HasTextString = $"list: {name}" })).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("tr[data-feature]")).ToHaveCountAsync(3);
        await visit.GoAsync(new Uri(page.Url).PathAndQuery.TrimStart('/'));
        Assert.Equal(chosen.Order(), (await page.Locator("tr[data-feature]").EvaluateAllAsync<string[]>("rows => rows.map(row => row.dataset.feature)")).Order());

        // One is taken off, and comes back.
        await page.Keyboard.TypeAsync("jx");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = $"Remove from “{name}”" }).ClickAsync();
        await Assertions.Expect(page.Locator("tr[data-feature]")).ToHaveCountAsync(2);
        await page.Locator(".mud-snackbar", new PageLocatorOptions { HasTextString = $"Removed 1 feature from “{name}”." }).GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Undo" }).ClickAsync();
        await Assertions.Expect(page.Locator("tr[data-feature]")).ToHaveCountAsync(3);
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task The_atlas_and_the_search_by_sound_are_links_in_words_from_home_the_list_and_a_feature()
    {
        await using var visit = await browser.OpenAsync(await shared.GetAsync());
        var page = visit.Page;
        var demo = await DemoSae.IdAsync(page);
        await visit.GoAsync($"features/{demo}");
        await Assertions.Expect(page.Locator(".room-list").GetByRole(AriaRole.Link, new LocatorGetByRoleOptions { Name = "About this SAE" })).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Atlas", Exact = true }).ClickAsync();
        await page.WaitForURLAsync($"**/atlas/{demo}**");
        await visit.GoAsync("");
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Search by sound" }).ClickAsync();
        await page.WaitForURLAsync($"**/listen/{demo}");
        await visit.GoAsync($"features/{demo}/{DemoSae.Taiko}");
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "On the atlas" }).ClickAsync();
        await page.WaitForFunctionAsync("feature => document.querySelector('feature-atlas[ready]')?.focused === feature", DemoSae.Taiko);
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task What_an_address_does_not_make_plain_is_said_and_closed_and_comments_are_a_facet()
    {
        await using var visit = await browser.OpenAsync(await shared.GetAsync());
        var page = visit.Page;
        var demo = await DemoSae.IdAsync(page);
        await visit.GoAsync($"features/{demo}?max=500&sort=zzz&q=taiko&select=abc");
        var notice = page.Locator("[data-refused]");
        await Assertions.Expect(notice).ToContainTextAsync("max is “500”; it is a number from 0 to 100, with a decimal point. It is left out.");
        await Assertions.Expect(notice).ToContainTextAsync("“agreement” is used.");
        await Assertions.Expect(page.Locator("tr[data-feature] mark").First).ToHaveTextAsync("taiko", new LocatorAssertionsToHaveTextOptions { IgnoreCase = true });
        await notice.GetByRole(AriaRole.Link).ClickAsync();
        await Assertions.Expect(notice).ToHaveCountAsync(0);
        await page.WaitForURLAsync(url => url.EndsWith($"features/{demo}?q=taiko", StringComparison.Ordinal));

        var status = await page.EvaluateAsync<int>(
            "async ([sae, feature]) => (await fetch(`api/v1/saes/${sae}/features/${feature}/comments`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ text: 'only the low one' }) })).status",
            new object[] { demo, DemoSae.Taiko });
        Assert.Equal(201, status);
        var option = page.Locator("a.option", new PageLocatorOptions { HasTextString = "Has comments" });
        // The page counts it without a reload.
        await Assertions.Expect(option).Not.ToHaveTextAsync("Has comments0");
        await option.ClickAsync();
        await page.WaitForURLAsync("**commented=1**");
        await Assertions.Expect(page.Locator(".chip", new PageLocatorOptions { HasTextString = "has comments" })).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator($"tr[data-feature='{DemoSae.Taiko}']")).ToBeVisibleAsync();
        // A typed number that is not allowed is said, and the filters still work.
        await visit.GoAsync($"features/{demo}");
        await page.GetByLabel("Maximum, % of clips").FillAsync("500");
        await page.GetByLabel("Maximum, % of clips").PressAsync("Enter");
        await Assertions.Expect(notice).ToContainTextAsync("max is “500”");
        await page.Locator("a.option", new PageLocatorOptions { HasTextString = "Not rated" }).ClickAsync();
        await page.WaitForURLAsync(url => url.EndsWith($"features/{demo}?stars=0", StringComparison.Ordinal));
        await Assertions.Expect(page.Locator(".chip", new PageLocatorOptions { HasTextString = "not rated" })).ToBeVisibleAsync();
        // No feature is there: nothing is offered for it.
        await visit.GoAsync($"features/{demo}?q=nosuchsoundatall");
        await Assertions.Expect(page.Locator(".selection button, .selection a")).ToHaveCountAsync(0);
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task Facets_filter_chips_take_back_a_view_keeps_both_and_the_file_holds_what_the_list_shows()
    {
        var site = await shared.GetAsync();
        await using var visit = await browser.OpenAsync(site);
        var page = visit.Page;
        var demo = await DemoSae.IdAsync(page);
        await visit.GoAsync($"features/{demo}?sort=density");
        var facet = page.Locator(".facets a.option", new PageLocatorOptions { HasTextString = "Unlabelled, suggested" });
        var promised = await facet.Locator(".number").TextContentAsync();
        await facet.ClickAsync();
        await Assertions.Expect(page.Locator(".total")).ToHaveTextAsync(promised!);

        var bar = page.Locator(".facets .bars a").Nth(7);
        var words = await bar.GetAttributeAsync("title");
        await bar.ClickAsync();
        await Assertions.Expect(page.Locator(".chip", new PageLocatorOptions { HasTextString = "fires in 0.3–1% of columns" })).ToBeVisibleAsync();
        var total = await page.Locator(".total").TextContentAsync();
        Assert.Contains($": {total} features", words, StringComparison.Ordinal);

        var name = $"Dense {Guid.NewGuid():N}"[..14];
        await page.Locator(".facets").GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Save" }).ClickAsync();
        await page.Locator("#view-name").FillAsync(name);
        await page.Locator("#view-form").EvaluateAsync("form => form.requestSubmit()");
        var view = page.Locator("[data-view] a", new PageLocatorOptions { HasTextString = name });
        await Assertions.Expect(view).ToHaveAttributeAsync("aria-current", "true");

        // The file is what the list shows, all pages of it.
        using var client = new HttpClient { BaseAddress = new Uri(site.Url) };
        var csv = await client.GetStringAsync(new Uri((await page.Locator("a[download][href*='features.csv']").GetAttributeAsync("href"))!, UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(total, (csv.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length - 1).ToString("N0", System.Globalization.CultureInfo.InvariantCulture));

        await page.Locator("a.clear").ClickAsync();
        await Assertions.Expect(page.Locator(".chip")).ToHaveCountAsync(1);
        await view.ClickAsync();
        await Assertions.Expect(page.Locator(".total")).ToHaveTextAsync(total!);

        // Features without an SAE opens the one that was looked at last.
        await visit.GoAsync("features");
        await page.WaitForURLAsync(new System.Text.RegularExpressions.Regex($"/features/{demo}$"));
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task The_page_of_an_SAE_says_what_it_is_and_leads_to_its_features()
    {
        await using var visit = await browser.OpenAsync(await shared.GetAsync());
        var page = visit.Page;
        var demo = await DemoSae.IdAsync(page);
        await visit.GoAsync($"features/{demo}");
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "About this SAE" }).ClickAsync();
        await Assertions.Expect(page.Locator(".stats").First).ToContainTextAsync("0.964");
        await Assertions.Expect(page.Locator(".stats").First).ToContainTextAsync("kept by the feature filter");
        await Assertions.Expect(page.Locator(".sae-page")).ToContainTextAsync("layers.4.resid_post");
        await page.Locator(".densities .bars a").Nth(8).ClickAsync();
        await Assertions.Expect(page.Locator(".chip", new PageLocatorOptions { HasTextString = "fires in 1–3% of columns" })).ToBeVisibleAsync();
        visit.AssertNoFaults();
    }
}
