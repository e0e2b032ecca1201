using Microsoft.Playwright;
using SaeDashboard.Core.Audio;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Walk;

/// <summary>A running take is heard by those who come later, and outlives the pages that play it.</summary>
public sealed class LiveTakeTests(SharedSite shared, BrowserFixture browser)
{
    [Fact]
    public async Task Who_opens_a_running_take_hears_it_from_where_it_is_and_pages_that_close_lose_nothing_of_it()
    {
        const int frames = 300;
        var site = await shared.GetAsync();
        using var worker = RunningTake.Worker(site);
        var first = await browser.OpenAsync(site, "jobs");
        await using var second = await browser.OpenAsync(site, "jobs");
        using var take = await RunningTake.StartAsync(site, worker, frames);
        await take.OpenAsync(first);
        await first.Page.Locator("take-transport[lead] .play-button").ClickAsync();
        await first.Page.WaitForFunctionAsync("() => saeAudio.state.playing && saeAudio.state.position > 1.4", null, new PageWaitForFunctionOptions { Timeout = 60_000 });
        // What is waited for and how often it ran dry stand beside a live take's time.
        var transport = first.Page.Locator("take-transport");
        await Assertions.Expect(transport.GetByLabel("Pre-roll")).ToHaveValueAsync("0.06");
        Assert.Equal(await first.Page.EvaluateAsync<int>("() => saeAudio.state.underruns.length") > 0, await transport.Locator(".dry").IsVisibleAsync());

        await second.GoAsync($"studio/takes/{take.Id}");
        await second.Page.Locator("take-transport[lead] .play-button").ClickAsync();
        await second.Page.WaitForFunctionAsync("() => saeAudio.state.playing && saeAudio.state.position > 0.2");
        var newest = take.Samples(TakeArms.Steered) / (double)RunningTake.Rate;
        var position = await second.Page.EvaluateAsync<double>("() => saeAudio.state.position");
        Assert.InRange(position, newest - 1.6, newest);
        Assert.True(position > 0.4, $"{position} s: it begins at the beginning");
        var heard = await Sound.HearAsync(second.Page);
        Assert.True(TakeStates.IsLive(take.Folder.ReadManifest().State));

        // Both pages go in the middle.
        await first.DisposeAsync();
        await second.Page.GotoAsync("about:blank");
        await take.DoneAsync(60);
        var (baseline, steered) = (await Sound.DownloadAsync(site, $"api/v1/takes/{take.Id}/A.wav"), await Sound.DownloadAsync(site, $"api/v1/takes/{take.Id}/C.wav"));
        Assert.Equal((frames * RunningTake.Hop, frames * RunningTake.Hop), (baseline.SampleCount, steered.SampleCount));
        Assert.Equal(frames, take.Folder.ReadCodes(TakeArms.Steered)!.Frames);
        Assert.InRange(heard.Correlation(steered), 0.9, 1.001);
        await second.GoAsync($"studio/takes/{take.Id}");
        await second.Page.Locator("take-transport .play-button").ClickAsync();
        Assert.InRange((await Sound.HearAsync(second.Page)).Correlation(steered), 0.95, 1.001);
        second.AssertNoFaults();
    }
}
