using System.Diagnostics;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Walk;

/// <summary>What a newcomer does first.</summary>
public sealed class HomeTests(SharedSite shared, BrowserFixture browser)
{
    [Fact]
    public async Task A_feature_is_heard_with_one_click_and_steered_music_with_the_second()
    {
        var site = await shared.GetAsync();
        var watch = Stopwatch.StartNew();
        await using var visit = await browser.OpenAsync(site);
        var page = visit.Page;
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Hear it" }).ClickAsync();
        var feature = await Sound.HearAsync(page);
        var first = watch.Elapsed.TotalSeconds;
        Assert.InRange(feature.Decibels, -60, 0);

        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Steer it" }).ClickAsync();
        await page.WaitForFunctionAsync("() => saeAudio.state.id?.startsWith('take:') && saeAudio.state.playing", null, new PageWaitForFunctionOptions { Timeout = 60_000 });
        var steered = watch.Elapsed.TotalSeconds;
        Assert.Equal("C", await page.EvaluateAsync<string>("() => saeAudio.state.arm"));
        var music = await Sound.HearAsync(page);
        Report.Figure("From opening the first page", $"a feature heard after {first:0.0} s and one click, steered music after {steered:0.0} s and two ({music.Decibels:0.0} dBFS)");
        Assert.InRange(steered, 0, Report.Strict ? 15 : 60);
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task It_says_which_model_clips_and_SAE_it_speaks_of_and_marks_what_is_a_guess()
    {
        await using var visit = await browser.OpenAsync(await shared.GetAsync());
        await Assertions.Expect(visit.Page.Locator(".home .facts")).ToContainTextAsync(
            new Regex(@"Demo model, 8 layers, 15\.0 M parameters\s*Demo dataset, 3,000 clips\s*Demo SAE, 2,048 latents, explained variance 0\.964"));
        var guesses = visit.Page.Locator(".home .more .unnamed");
        await Assertions.Expect(guesses.First).ToHaveAttributeAsync("title", new Regex(@"^Suggested by (the captions of \d+ of its 12 top clips|words of captions: tells its clips from near misses \d\.\d\d, permuted labels \d\.\d\d)"));
        visit.AssertNoFaults();
    }
}
