using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Takes;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Studio;
using SaeDashboard.Web.Tests.Features;

namespace SaeDashboard.Web.Tests.Studio;

/// <summary>The WAV file of a take carries its settings, and brings them back.</summary>
public sealed class TakeWavTests : IAsyncLifetime
{
    private readonly HttpClient http = new();
    private StudioHost host = null!;
    private TakeOnDisk take = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        host = await StudioHost.StartAsync(Stop);
        http.BaseAddress = new Uri(host.Address, "api/v1/takes/");
        take = new TakeOnDisk(host.Root.Takes, 16_001);
        foreach (var arm in new[] { "A", "C" })
        {
            take.Grow(arm, 16_001);
            var codes = new CodeGrid(4, 50);
            codes[2, 7] = arm[0];
            codes.WriteJson(take.Folder.CodesPath(arm));
        }
        take.End(TakeState.Done);
        host.Get<TakeRepository>().Ensure(take.Id, "Loud one", new Actor("ada", "Ada"));
    }

    public async ValueTask DisposeAsync()
    {
        take.Dispose();
        http.Dispose();
        await host.DisposeAsync();
    }

    [Fact]
    public async Task A_downloaded_arm_has_the_samples_and_the_settings_whole_and_in_part_and_a_played_one_is_the_file()
    {
        var plain = await http.GetByteArrayAsync($"{take.Id}/C.wav", Stop);
        Assert.Equal(await File.ReadAllBytesAsync(take.Folder.WavPath("C"), Stop), plain);
        var whole = await http.GetByteArrayAsync($"{take.Id}/C.wav?download=true", Stop);
        Assert.Equal(plain[44..], whole[44..plain.Length]);
        // An odd sample count of 16 bits is even in bytes: the chunk is behind the samples.
        Assert.Equal("saed"u8.ToArray(), whole[plain.Length..(plain.Length + 4)]);
        using var part = new HttpRequestMessage(HttpMethod.Get, $"{take.Id}/C.wav?download=true") { Headers = { Range = new RangeHeaderValue(plain.Length - 5, plain.Length + 20) } };
        using var answer = await http.SendAsync(part, Stop);
        Assert.Equal(HttpStatusCode.PartialContent, answer.StatusCode);
        Assert.Equal(whole[(plain.Length - 5)..(plain.Length + 21)], await answer.Content.ReadAsByteArrayAsync(Stop));
        var sheet = (await TakeSheetFile.ReadAsync(new MemoryStream(whole), "c.wav", Stop))!;
        Assert.Equal(("Loud one", "C", "Ada", "demo", "a prompt", take.Id), (sheet.Name, sheet.Arm, sheet.Author, sheet.Take.Settings.ModelPath, sheet.Take.Settings.Prompt, sheet.Take.Id));
        Assert.Equal(["A", "C"], sheet.Codes.Keys.Order());
        Assert.DoesNotContain(host.Root.Path, Encoding.UTF8.GetString(whole), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_comes_back_opens_the_Studio_with_its_settings_and_says_what_is_missing()
    {
        var whole = await http.GetByteArrayAsync($"{take.Id}/C.wav?download=true", Stop);
        var answer = await SendAsync("..%2Fmine.wav", whole);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>(Stop);
        Assert.Equal(("Loud one", "1"), (body.GetProperty("name").GetString(), body.GetProperty("seed").GetString()));
        var word = body.GetProperty("page").GetString()!.Split('=')[1];
        var setUp = host.Get<SetUpInbox>().Find(word)!;
        Assert.Equal("a prompt", setUp.On(new StudioDraft(), host.Get<ICatalog>()).Prompt);
        Assert.Null(host.Get<SetUpInbox>().Find(word[1..] + "0"));

        var plain = await http.GetByteArrayAsync($"{take.Id}/C.wav", Stop);
        answer = await SendAsync("..%2Fmine.wav", plain);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.StartsWith("mine.wav carries no settings", (await answer.Content.ReadFromJsonAsync<JsonElement>(Stop)).GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_here_is_named_the_rest_is_restored_and_the_rack_stays()
    {
        var settings = new TakeSettings { ModelPath = "MusicGen large", SaePath = "Other SAE", Prompt = "x", Seed = 7, Frames = 100, TopP = 0.9, Steers = [new TakeSteer(3, 9, "add", 1)] };
        var setUp = new SetUp("From afar", settings, 50, new string('1', 64), new string('2', 64));
        var catalog = new FakeCatalog();
        var missing = setUp.Missing(catalog);
        Assert.Equal(3, missing.Count);
        Assert.Contains("“MusicGen large” (111111111111…)", missing[0], StringComparison.Ordinal);
        Assert.Contains("“Other SAE” (222222222222…)", missing[1], StringComparison.Ordinal);
        Assert.Contains("beyond its faders", missing[2], StringComparison.Ordinal);
        var draft = setUp.On(new StudioDraft { Rack = [new RackStrip(9, 1)], Sae = "demo" }, catalog);
        Assert.Equal(("x", 7UL, true, 2.0, "demo", 0.9), (draft.Prompt, draft.Seed, draft.SeedLocked, draft.Seconds, draft.Sae, draft.TopP));
        Assert.Equal([9], draft.Rack.Select(strip => strip.Feature));
        Assert.Empty(new SetUp("Here", settings with { Steers = [] }, 50, "m0del", null).Missing(catalog));
    }

    [Fact]
    public async Task Takes_are_starred_found_and_compared_in_words()
    {
        var service = host.Get<TakeService>();
        service.Star(take.Id, true, new Actor("ada", "Ada"));
        using var other = new TakeOnDisk(host.Root.Takes, 16_001);
        other.Grow("A", 16_001);
        var codes = new CodeGrid(4, 50);
        codes[2, 7] = 'A';
        codes[0, 25] = 3;
        codes.WriteJson(other.Folder.CodesPath("A"));
        other.End(TakeState.Done);
        var (a, b) = (service.Refresh(take.Id)!.Value.View, service.Refresh(other.Id)!.Value.View);
        var comparison = host.Get<TakeComparison>();
        Assert.Equal(["Arm A (baseline) sounds different from 0.5 s on"], await comparison.OfAsync(a, b));
        Assert.Equal(["Arm A (baseline) sounds the same", "Arm C (steered) sounds the same"], await comparison.OfAsync(a, a));
        var changed = b with { Manifest = b.Manifest with { Settings = b.Manifest.Settings with { Prompt = null, Seed = 2, Frames = 100, Steers = [new TakeSteer(7, -2, "clamp", 1)] } } };
        Assert.Equal(["Length: 1 s → 2 s", "Prompt: “a prompt” → none", "Seed: 1 → 2", "Added feature 7: clamp −2 × p99"], (await comparison.OfAsync(a, changed)).Take(4));
        Assert.Equal([a.Id], comparison.Search([a, b], null, starred: true).Select(each => each.Id));
        Assert.Equal([a.Id], comparison.Search([a, b], "loud PROMPT", starred: false).Select(each => each.Id));
        Assert.Equal([changed.Id], comparison.Search([a, changed], "#7", starred: false).Select(each => each.Id));
        Assert.Empty(comparison.Search([a, b], "flute", starred: false));
    }

    [Fact]
    public void The_inbox_keeps_the_last_ones()
    {
        var inbox = new SetUpInbox();
        var words = Enumerable.Range(0, 200).Select(number => inbox.Keep(new SetUp(number.ToString(System.Globalization.CultureInfo.InvariantCulture), new TakeSettings { ModelPath = "m", Seed = 1, Frames = 1 }, 50, null, null)).Split('=')[1]).ToArray();
        Assert.Null(inbox.Find(words[0]));
        Assert.Equal("199", inbox.Find(words[199])!.Name);
        Assert.Equal(words.Length, words.Distinct().Count());
    }

    private async Task<HttpResponseMessage> SendAsync(string name, byte[] bytes)
    {
        using var body = new ByteArrayContent(bytes);
        return await http.PostAsync($"settings?file={name}", body, Stop);
    }
}
