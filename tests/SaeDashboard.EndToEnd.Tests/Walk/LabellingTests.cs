using Microsoft.Playwright;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Walk;

/// <summary>A person labels feature after feature: the list keeps its place, the page its top, the field its text, and no label is lost.</summary>
public sealed class LabellingTests(SharedSite shared, BrowserFixture browser)
{
    private const string Unlabelled = "?label=unlabelled&sort=index";

    [Fact]
    public async Task In_a_queue_of_unlabelled_features_j_goes_to_the_next_one_after_a_label()
    {
        await using var visit = await OpenAsync(Unlabelled);
        var page = visit.Page;
        var before = await FeaturesAsync(page);
        await page.Locator("tr[data-feature] a.name").Nth(10).ClickAsync();
        var heading = page.Locator(".room-feature h1");
        for (var place = 10; place < 12; place++)
        {
            await Assertions.Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex($"/{before[place]}\\?"));
            await LabelAsync(page, $"queue {place}");
            await Assertions.Expect(heading).ToHaveTextAsync($"queue {place}");
            await Assertions.Expect(page.Locator($"tr[data-feature='{before[place]}']")).ToHaveCountAsync(0);
            await page.Keyboard.PressAsync("j");
        }
        await Assertions.Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex($"/{before[12]}\\?"));

        // A page loaded at a feature that has left the list knows its place too.
        await visit.GoAsync(new Uri(page.Url).PathAndQuery.TrimStart('/').Replace($"/{before[12]}?", $"/{before[11]}?", StringComparison.Ordinal));
        await page.Keyboard.PressAsync("j");
        await Assertions.Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex($"/{before[12]}\\?"));
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task A_feature_opens_at_its_top_with_its_row_in_view_and_is_one_step_of_history()
    {
        await using var visit = await OpenAsync("?sort=index");
        var page = visit.Page;
        var features = await FeaturesAsync(page);
        await visit.GoAsync($"{await ListAsync(page)}/{features[25]}?sort=index");
        await InViewAsync(page, features[25]);
        await page.EvaluateAsync("() => document.querySelector('.room-feature').scrollTo(0, 900)");
        Assert.True(await page.EvaluateAsync<double>("() => document.querySelector('.room-feature').scrollTop") > 400, "the page is long enough to scroll");
        var history = await page.EvaluateAsync<int>("() => history.length");
        await page.Keyboard.PressAsync("j");
        await Assertions.Expect(page.Locator(".room-feature .what .number")).ToHaveTextAsync($"#{features[26]}");
        await Assertions.Expect(page.Locator(".room-feature h1")).ToBeInViewportAsync();
        await InViewAsync(page, features[26]);
        Assert.Equal(history, await page.EvaluateAsync<int>("() => history.length"));
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task A_note_stands_below_its_label_in_the_history()
    {
        await using var visit = await OpenAsync("?sort=index&page=4");
        var page = visit.Page;
        await page.Locator("tr[data-feature] a.name").Nth(5).ClickAsync();
        var heading = page.Locator(".room-feature h1");
        await LabelAsync(page, "Taiko drums");
        await Assertions.Expect(heading).ToHaveTextAsync("Taiko drums");
        await page.Keyboard.PressAsync("e");
        await page.Locator("#label-note").FillAsync("also low toms");
        await page.Locator("#label-text").FillAsync("Taiko drums 2");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(heading).ToHaveTextAsync("Taiko drums 2");
        await page.Locator(".history summary").ClickAsync();
        var note = page.Locator(".history .note-of").First;
        await Assertions.Expect(note).ToHaveTextAsync("also low toms");
        var places = await note.EvaluateAsync<double[]>("note => { const label = document.createRange(); label.selectNodeContents(note.parentElement.firstChild); return [label.getBoundingClientRect().bottom, note.getBoundingClientRect().top]; }");
        Assert.True(places[1] >= places[0] - 2, $"the note begins at {places[1]}, the label ends at {places[0]}");
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task A_half_typed_label_survives_another_feature_and_a_reload()
    {
        await using var visit = await OpenAsync("?sort=index&page=2");
        var page = visit.Page;
        await page.Locator("tr[data-feature] a.name").Nth(3).ClickAsync();
        await page.Locator(".room-feature h1").WaitForAsync();
        var address = new Uri(page.Url).PathAndQuery.TrimStart('/');
        await page.Keyboard.PressAsync("e");
        await page.Keyboard.TypeAsync("low brass, per");
        await page.Locator("tr[data-feature] a.name").Nth(5).ClickAsync();
        await Assertions.Expect(page.Locator("label-editor form")).ToBeHiddenAsync();
        await visit.GoAsync(address);
        await Assertions.Expect(page.Locator("#label-text")).ToHaveValueAsync("low brass, per");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Cancel" }).ClickAsync();
        await page.ReloadAsync();
        await visit.InteractiveAsync();
        await Assertions.Expect(page.Locator("label-editor form")).ToBeHiddenAsync();
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task Of_two_people_on_one_label_the_second_is_asked()
    {
        await using var first = await OpenAsync("?sort=index&page=3");
        await first.Page.Locator("tr[data-feature] a.name").Nth(1).ClickAsync();
        await first.Page.Locator(".room-feature h1").WaitForAsync();
        await using var second = await browser.OpenAsync(await shared.GetAsync(), new Uri(first.Page.Url).PathAndQuery.TrimStart('/'));
        await second.Page.Keyboard.PressAsync("e");
        await second.Page.Keyboard.TypeAsync("second");
        await LabelAsync(first.Page, "first");
        await Assertions.Expect(first.Page.Locator(".room-feature h1")).ToHaveTextAsync("first");
        second.Forgive();
        await second.Page.Keyboard.PressAsync("Enter");
        var problem = second.Page.Locator("label-editor [role=alert]");
        await Assertions.Expect(problem).ToContainTextAsync("changed this label to “first” while you were typing");
        await Assertions.Expect(first.Page.Locator(".room-feature h1")).ToHaveTextAsync("first");
        second.Judge();
        await second.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Save mine instead" }).ClickAsync();
        await Assertions.Expect(first.Page.Locator(".room-feature h1")).ToHaveTextAsync("second");
        first.AssertNoFaults();
        second.AssertNoFaults();
    }

    [Fact]
    public async Task Space_plays_after_a_click_on_a_name_and_the_bar_follows_to_other_pages()
    {
        await using var visit = await OpenAsync("");
        var page = visit.Page;
        await page.Locator("tr[data-feature] a.name").Nth(2).ClickAsync();
        await page.Locator(".room-feature [data-feature-sound]").WaitForAsync();
        var feature = new Uri(page.Url).AbsolutePath;
        var bar = page.GetByRole(AriaRole.Region, new PageGetByRoleOptions { Name = "Now playing" });
        await Assertions.Expect(bar).ToBeHiddenAsync();
        await page.Keyboard.PressAsync("Space");
        await Assertions.Expect(bar).ToBeVisibleAsync();
        await page.WaitForFunctionAsync("() => globalThis.saeAudio.state.playing");
        await page.Keyboard.PressAsync("g");
        await page.Keyboard.PressAsync("d");
        await Assertions.Expect(page.Locator(".trail b")).ToHaveTextAsync("Data");
        await Assertions.Expect(bar).ToBeVisibleAsync();
        await bar.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Pause" }).ClickAsync();
        await page.WaitForFunctionAsync("() => !globalThis.saeAudio.state.playing");
        await bar.GetByRole(AriaRole.Link).ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex(feature));
        // Next is the next clip of the list whose button was pressed.
        var title = await bar.GetByRole(AriaRole.Link).TextContentAsync();
        await page.Locator(".clip [data-play]").First.ClickAsync();
        await bar.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Next sound" }).ClickAsync();
        await Assertions.Expect(page.Locator(".clip [data-play]").Nth(1)).ToHaveAttributeAsync("aria-pressed", "true");
        Assert.NotEqual("", title);
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(bar).ToBeHiddenAsync();
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task The_name_is_asked_once_and_is_on_what_one_writes()
    {
        await using var visit = await OpenAsync("?sort=index&page=4");
        var page = visit.Page;
        await page.Locator("tr[data-feature] a.name").Nth(1).ClickAsync();
        await page.Locator(".room-feature h1").WaitForAsync();
        await LabelAsync(page, "before the name");
        await Assertions.Expect(page.Locator(".room-feature .by")).ToContainTextAsync("Labelled by Unnamed");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Your name?" }).ClickAsync();
        await Assertions.Expect(page.Locator("#person-name")).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync("Ada Lovelace");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator(".topbar .person")).ToContainTextAsync("Ada Lovelace");
        await page.ReloadAsync();
        await visit.InteractiveAsync();
        await Assertions.Expect(page.Locator(".room-feature .by")).ToContainTextAsync("Labelled by Ada Lovelace");
        await LabelAsync(page, "after the name");
        await Assertions.Expect(page.Locator(".room-feature .by")).ToContainTextAsync("Labelled by Ada Lovelace");
        visit.AssertNoFaults();
    }

    private async Task<Visit> OpenAsync(string query)
    {
        var visit = await browser.OpenAsync(await shared.GetAsync(), "features");
        var list = await ListAsync(visit.Page);
        await visit.GoAsync(list + query);
        await visit.Page.Locator("tr[data-feature]").First.WaitForAsync();
        return visit;
    }

    private static async Task<string> ListAsync(IPage page)
    {
        await page.WaitForURLAsync(url => new Uri(url).AbsolutePath.StartsWith("/features/", StringComparison.Ordinal));
        return string.Join('/', new Uri(page.Url).AbsolutePath.Split('/')[1..3]);
    }

    private static async Task<string[]> FeaturesAsync(IPage page) =>
        await page.EvaluateAsync<string[]>("() => [...document.querySelectorAll('tr[data-feature]')].map(row => row.dataset.feature)");

    private static async Task LabelAsync(IPage page, string text)
    {
        await page.Keyboard.PressAsync("e");
        await page.Keyboard.TypeAsync(text);
        await page.Keyboard.PressAsync("Enter");
    }

    // Below the sticky filters and head, above the list's end.
    private static async Task InViewAsync(IPage page, string feature) => await page.WaitForFunctionAsync(
        """
        feature => {
          const row = document.querySelector(`tr[data-feature="${feature}"]`), list = document.querySelector('.room-list');
          if (!row || row.getAttribute('aria-current') !== 'true') return false;
          const box = row.getBoundingClientRect(), head = document.querySelector('.room-list thead th').getBoundingClientRect();
          return box.top >= head.bottom - 1 && box.bottom <= list.getBoundingClientRect().bottom + 1;
        }
        """, feature);
}
