using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Playwright;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Presets;
using SaeDashboard.Core.Takes;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Walk;

/// <summary>A preset leaves one site as a file and is made again at another with a data folder of its own: the same samples, and no stored code is read for them.</summary>
public sealed class MadeAgainTests(SharedSite shared, BrowserFixture browser)
{
    private static readonly string[] Arms = [TakeArms.Baseline, TakeArms.Steered];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Length", "Long")]
    public async Task A_preset_with_an_envelope_a_condition_and_five_moves_is_made_again_on_a_fresh_data_folder_with_the_same_samples()
    {
        var site = await shared.GetAsync();
        using var here = new HttpClient { BaseAddress = new Uri(site.Url + "api/v1/") };
        // A take with everything, by way of a preset whose codes are not its own yet.
        var bundled = PresetFile.Read(Directory.GetFiles(Path.Combine(Clone.Demo, "presets"), "*.json").Order().First());
        var first = bundled.Steers[0] with { Direction = null, Envelope = [new(0, 0.2), new(40, 1), new(90, 0.5)], Condition = new SteerCondition(1337, 0.05, 0) };
        var asked = Wrong(bundled with
        {
            Name = "Moved",
            Frames = 100,
            Steers = [first, first with { Feature = first.Feature == 448 ? 526 : 448, P99 = 0, Label = null, Strength = 2, Onset = 5, Envelope = null, Condition = null }],
            Moves = [new(20, 0, 4), new(35, 1, -2), new(50, 0, -3), new(65, 1, 0) { Muted = true }, new(80, 1, 3)],
            Live = new TakeLive { WaitSeconds = 0 },
        });
        var take = await DoneAsync(here, site, await StartAsync(here, await ImportAsync(here, asked)));
        var saved = await here.PostAsJsonAsync("presets", new { takeId = take.Id, name = "Moved", visibility = "public" }, Stop);
        var id = (await saved.Content.ReadFromJsonAsync<JsonElement>(Stop)).GetProperty("id").GetString()!;
        var exported = PresetFile.Parse(await here.GetByteArrayAsync($"presets/{id}.json", Stop), "moved.json");
        Assert.Equal((2, 5, 3, 1), (exported.Steers.Count, exported.Moves!.Count, exported.Steers[0].Envelope!.Count, exported.Steers.Count(steer => steer.Condition is not null)));
        Assert.NotNull(PresetFile.Codes(exported, PresetArms.Baseline).FirstDifference(PresetFile.Codes(exported, PresetArms.Steered)));

        // Elsewhere: the file with codes of zeros in place of its own, so that nothing could be made from them.
        await using var elsewhere = await SiteProcess.StartNewAsync();
        using var there = new HttpClient { BaseAddress = new Uri(elsewhere.Url + "api/v1/") };
        var poisoned = await ImportAsync(there, Wrong(exported));
        await using var visit = await browser.OpenAsync(elsewhere, $"presets/{poisoned}");
        await visit.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Reproduce" }).ClickAsync();
        var result = visit.Page.Locator("[data-replay-result]");
        await result.WaitForAsync(new LocatorWaitForOptions { Timeout = 120_000 });
        Assert.Equal("differs", await result.GetAttributeAsync("data-replay-result"));
        var again = new TakeFolder(Path.Combine(elsewhere.Data, "takes", Assert.Single(TakeFolder.List(Path.Combine(elsewhere.Data, "takes"))).Id));
        Assert.True(again.ReadManifest().HookCalls > 0);
        Assert.NotEqual(take.Id, again.Id);
        foreach (var arm in Arms)
        {
            Assert.True(take.ReadCodes(arm)!.ContentEquals(again.ReadCodes(arm)!), arm);
            Assert.Equal(await File.ReadAllBytesAsync(take.WavPath(arm), Stop), await File.ReadAllBytesAsync(again.WavPath(arm), Stop));
        }
        // And the file as it was exported says so itself.
        var whole = await ImportAsync(there, exported);
        Assert.NotEqual(poisoned, whole);
        var compared = (await there.GetFromJsonAsync<JsonElement>($"presets/{whole}/takes/{again.Id}", Stop)).GetProperty("arms");
        Assert.All(compared.EnumerateArray(), arm => Assert.True(arm.GetProperty("same").GetBoolean()));
        visit.AssertNoFaults();
    }

    private static SteeringPreset Wrong(SteeringPreset preset)
    {
        var silent = PresetFile.Pack(new CodeGrid(preset.Arms[PresetArms.Baseline].Codebooks, preset.Frames));
        return preset with { Arms = new Dictionary<string, PresetCodes> { [PresetArms.Baseline] = silent, [PresetArms.Steered] = silent } };
    }

    private static async Task<string> ImportAsync(HttpClient http, SteeringPreset preset)
    {
        using var file = new ByteArrayContent(PresetFile.ToBytes(preset));
        var answer = await http.PostAsync("presets/import?file=moved.json", file, Stop);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Stop));
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(Stop)).GetProperty("id").GetString()!;
    }

    private static async Task<string> StartAsync(HttpClient http, string preset)
    {
        var answer = await http.PostAsync($"presets/{preset}/takes", null, Stop);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Stop));
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(Stop)).GetProperty("takeId").GetString()!;
    }

    private static async Task<TakeFolder> DoneAsync(HttpClient http, SiteProcess site, string take)
    {
        var folder = new TakeFolder(Path.Combine(site.Data, "takes", take));
        await Poll.UntilAsync("the take is done", TimeSpan.FromMinutes(2), () => Task.FromResult(folder.Exists && !folder.ReadManifest().State.IsLive()));
        Assert.Equal((TakeState.Done, (string?)null), (folder.ReadManifest().State, folder.ReadManifest().Error));
        // The site has seen it too.
        await Poll.UntilAsync("the site lists the take", TimeSpan.FromSeconds(20), async () => (await http.GetAsync($"takes/{take}", Stop)).IsSuccessStatusCode);
        return folder;
    }
}
