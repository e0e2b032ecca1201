using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using SaeDashboard.Core.Presets;
using SaeDashboard.Storage;
using SaeDashboard.Web.Studio;

namespace SaeDashboard.Web.Tests.Presets;

/// <summary>Visibility, links, revisions, forks, stars, tags and comments over HTTP.</summary>
public sealed class PresetSharingTests
{
    private static readonly Actor Bob = new("bob", "Bob");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_another_keeps_to_themselves_is_not_there_and_a_link_opens_an_unlisted_one_until_it_is_revoked_or_made_private()
    {
        await using var house = await PresetFixture.OpenAsync();
        var theirs = house.Presets.Add(PresetFixture.Demo(), Bob, PresetVisibility.Unlisted);
        Assert.Equal(0, (await house.Http.GetFromJsonAsync<JsonElement>("", Stop)).GetProperty("total").GetInt32());
        foreach (var address in new[] { theirs, $"{theirs}.json", $"{theirs}.html", $"{theirs}/steered.wav", $"{theirs}/steered/peaks", $"{theirs}/revisions", $"{theirs}/links", $"{theirs}/comments", $"{theirs}/forks" })
            Assert.True(HttpStatusCode.NotFound == (await house.Http.GetAsync(address, Stop)).StatusCode, address);
        Assert.Equal(HttpStatusCode.NotFound, (await house.Http.DeleteAsync(theirs, Stop)).StatusCode);
        // The same sound is not given away by an import.
        Assert.Equal(HttpStatusCode.Created, (await house.Http.PostAsync("import?file=a.json", new ByteArrayContent(PresetFile.ToBytes(PresetFixture.Demo())), Stop)).StatusCode);

        var links = new PresetLinkRepository(house.Get<Database>());
        var word = links.Add(theirs, Bob);
        var shared = await house.Http.GetFromJsonAsync<JsonElement>($"/api/v1/shared/{word}", Stop);
        Assert.Equal($"/api/v1/shared/{word}/steered.wav", shared.GetProperty("arms")[1].GetProperty("sound").GetString());
        Assert.Equal("audio/wav", (await house.Http.GetAsync($"/api/v1/shared/{word}/steered.wav", Stop)).Content.Headers.ContentType!.MediaType);
        Assert.Equal(PresetFile.ToBytes(PresetFixture.Demo()), await house.Http.GetByteArrayAsync($"/api/v1/shared/{word}/preset.json", Stop));
        house.Presets.SetVisibility(theirs, PresetVisibility.Private, Bob);
        await ClosedAsync();
        house.Presets.SetVisibility(theirs, PresetVisibility.Public, Bob);
        Assert.Equal(HttpStatusCode.OK, (await house.Http.GetAsync($"/api/v1/shared/{word}", Stop)).StatusCode);
        links.Revoke(word, Bob);
        await ClosedAsync();

        async Task ClosedAsync()
        {
            foreach (var end in new[] { "", "/steered.wav", "/baseline/peaks", "/preset.json" })
            {
                var answer = await house.Http.GetAsync($"/api/v1/shared/{word}{end}", Stop);
                Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
                Assert.DoesNotContain(PresetFixture.Demo().Name, await answer.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task A_preset_is_changed_by_its_author_as_revisions_that_say_what_changed()
    {
        await using var house = await PresetFixture.OpenAsync();
        var id = house.Add();
        var body = await ReadAsync(await house.Http.PutAsJsonAsync(id, new { name = "Loud taiko", author = "Ada L.", licence = "CC-BY-4.0", note = "named", basedOn = 1 }, Stop));
        Assert.Equal(("Loud taiko", "Ada L.", "CC-BY-4.0", 2), (body.GetProperty("name").GetString(), body.GetProperty("credit").GetString(), body.GetProperty("licence").GetString(), body.GetProperty("revision").GetInt32()));
        Assert.Equal(3, PresetFile.Parse(await house.Http.GetByteArrayAsync($"{id}.json", Stop), "a").SchemaVersion);
        Assert.Contains("you saw 1", await ProblemAsync(await house.Http.PutAsJsonAsync(id, new { name = "x", basedOn = 1 }, Stop)), StringComparison.Ordinal);
        Assert.Contains("licence is “WTFPL”", await ProblemAsync(await house.Http.PutAsJsonAsync(id, new { licence = "WTFPL" }, Stop)), StringComparison.Ordinal);
        var revisions = await house.Http.GetFromJsonAsync<JsonElement>($"{id}/revisions", Stop);
        Assert.Equal([$"Name: “{PresetFixture.Demo().Name}” → “Loud taiko”", "Author: none → “Ada L.”", "Licence: none → “CC-BY-4.0”"],
            revisions.GetProperty("items")[0].GetProperty("changes").EnumerateArray().Select(line => line.GetString()));
        body = await ReadAsync(await house.Http.PostAsync($"{id}/revisions/1/restore", null, Stop));
        Assert.Equal((PresetFixture.Demo().Name, 3), (body.GetProperty("name").GetString(), body.GetProperty("revision").GetInt32()));
        Assert.Equal(HttpStatusCode.NotFound, (await house.Http.PostAsync($"{id}/revisions/9/restore", null, Stop)).StatusCode);

        var theirs = house.Presets.Add(PresetFixture.Demo() with { Seed = 5 }, Bob);
        Assert.Contains("Bob made", await ProblemAsync(await house.Http.PutAsJsonAsync(theirs, new { name = "mine" }, Stop)), StringComparison.Ordinal);
        Assert.Contains("Bob made", await ProblemAsync(await house.Http.DeleteAsync(theirs, Stop)), StringComparison.Ordinal);
        Assert.Contains("Bob made", await ProblemAsync(await house.Http.PostAsync($"{theirs}/links", null, Stop)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fork_names_its_parent_also_where_it_is_imported()
    {
        await using var house = await PresetFixture.OpenAsync();
        var theirs = house.Presets.Add(PresetFixture.Demo() with { Author = "Bob" }, Bob);
        var fork = (await ReadAsync(await house.Http.PostAsync($"{theirs}/fork", null, Stop))).GetProperty("id").GetString()!;
        await house.Http.PutAsJsonAsync(fork, new { name = "My taiko" }, Stop);
        var second = (await ReadAsync(await house.Http.PostAsync($"{fork}/fork", null, Stop))).GetProperty("id").GetString()!;
        var tree = await house.Http.GetFromJsonAsync<JsonElement>($"{theirs}/forks", Stop);
        // Forks that were not changed have their parent's sound: they hang where that sound came from.
        Assert.Equal([fork, second], tree.GetProperty("forks").EnumerateArray().Select(each => each.GetProperty("id").GetString()));
        var ancestors = (await house.Http.GetFromJsonAsync<JsonElement>($"{second}/forks", Stop)).GetProperty("ancestors");
        Assert.Equal((theirs, "Bob"), (ancestors[0].GetProperty("id").GetString(), ancestors[0].GetProperty("author").GetString()));

        await using var other = await PresetFixture.OpenAsync();
        using var file = new ByteArrayContent(await house.Http.GetByteArrayAsync($"{second}.json", Stop));
        var imported = (await ReadAsync(await other.Http.PostAsync("import?file=a.json", file, Stop))).GetProperty("id").GetString()!;
        var far = (await other.Http.GetFromJsonAsync<JsonElement>($"{imported}/forks", Stop)).GetProperty("ancestors");
        Assert.Equal((JsonValueKind.Null, "My taiko"), (far[0].GetProperty("id").ValueKind, far[0].GetProperty("name").GetString()));
    }

    [Fact]
    public async Task Links_stars_tags_and_comments_are_made_and_taken_back()
    {
        await using var house = await PresetFixture.OpenAsync();
        var id = house.Add();
        var link = await ReadAsync(await house.Http.PostAsync($"{id}/links", null, Stop));
        var word = link.GetProperty("word").GetString()!;
        Assert.Equal($"/p/{word}", link.GetProperty("page").GetString());
        Assert.Equal(HttpStatusCode.OK, (await house.Http.GetAsync($"/api/v1/shared/{word}", Stop)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await house.Http.DeleteAsync($"{id}/links/{word}", Stop)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await house.Http.DeleteAsync($"{id}/links/{new string('a', 32)}", Stop)).StatusCode);
        var body = await ReadAsync(await house.Http.PutAsync($"{id}/stars", Json("""{"stars":4}"""), Stop));
        Assert.Equal(4, body.GetProperty("stars").GetDouble());
        body = await ReadAsync(await house.Http.PutAsync($"{id}/tags", Json("""{"add":["drums","loud"],"remove":["quiet"]}"""), Stop));
        Assert.Equal(2, body.GetProperty("tags").GetArrayLength());
        Assert.Contains("a rating has 1 to 5", await ProblemAsync(await house.Http.PutAsync($"{id}/stars", Json("""{"stars":9}"""), Stop)), StringComparison.Ordinal);
        var comment = (await ReadAsync(await house.Http.PostAsync($"{id}/comments", Json("""{"text":"the second hit","at":1.5}"""), Stop))).GetProperty("id").GetString();
        Assert.Equal(2, (await ReadAsync(await house.Http.PutAsync($"{id}/comments/{comment}", Json("""{"text":"the third hit","basedOn":1}"""), Stop))).GetProperty("version").GetInt32());
        var other = house.Presets.Add(PresetFixture.Demo() with { Seed = 4 }, Bob);
        Assert.Equal(HttpStatusCode.NotFound, (await house.Http.DeleteAsync($"{other}/comments/{comment}", Stop)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await house.Http.DeleteAsync($"{id}/comments/{comment}", Stop)).StatusCode);
        Assert.Equal(0, (await house.Http.GetFromJsonAsync<JsonElement>($"{id}/comments", Stop)).GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task The_page_file_holds_both_arms_escapes_what_strangers_wrote_and_loads_nothing()
    {
        await using var house = await PresetFixture.OpenAsync();
        const string Evil = "</script><script>alert(1)</script><img src=x onerror=alert(1)>";
        var preset = PresetFixture.Demo() with { Name = Evil, Prompt = "\" onload=\"x", Description = Evil, Author = "<b>Eve</b>", Licence = "CC-BY-4.0" };
        var id = house.Presets.Add(preset with { Steers = [preset.Steers[0] with { Label = "<i>taiko</i>" }] }, new Actor("local", "Ada"));
        var answer = await house.Http.GetAsync($"{id}.html", Stop);
        Assert.Equal("script-script-alert-1-script-img-src-x-onerror-alert-1.html", answer.Content.Headers.ContentDisposition!.FileNameStar);
        var page = await answer.Content.ReadAsStringAsync(Stop);
        Assert.DoesNotContain("<img", page, StringComparison.Ordinal);
        Assert.DoesNotContain("alert(1)</script>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>Eve", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<i>taiko", page, StringComparison.Ordinal);
        // One link: to the preset's own file, which is in the page.
        var link = page.Split("href=\"data:application/json;base64,")[1].Split('"')[0];
        Assert.Equal(await house.Http.GetByteArrayAsync($"{id}.json", Stop), Convert.FromBase64String(link));
        Assert.DoesNotMatch("""<[^>]*\b(src|href|action|data)\s*=""", page.Replace($"href=\"data:application/json;base64,{link}\"", "", StringComparison.Ordinal));
        Assert.Equal(2, page.Split("<script").Length - 1);
        Assert.Contains("default-src 'none'", page, StringComparison.Ordinal);
        var wav = JsonSerializer.Deserialize<string[]>(page.Split("id=\"sound\">")[1].Split("</script>")[0])!;
        Assert.Equal(await house.Http.GetByteArrayAsync($"{id}/steered.wav", Stop), Convert.FromBase64String(wav[1]));
    }

    [Fact]
    public async Task A_WAV_of_a_take_becomes_a_preset_and_one_without_both_codes_says_what_to_do()
    {
        await using var house = await PresetFixture.OpenAsync();
        var sheet = Sheet();
        Assert.Equal(HttpStatusCode.Created, (await house.Http.PostAsync("import?file=c.wav", Wav(sheet), Stop)).StatusCode);
        var row = Assert.Single(house.Presets.List());
        Assert.Equal(("From a WAV", "Taiko"), (row.Name, row.Steers[0].Label));
        Assert.Contains("drop it on the Studio", await ProblemAsync(await house.Http.PostAsync("import?file=c.wav", Wav(sheet with { Codes = new Dictionary<string, PresetCodes>() }), Stop)), StringComparison.Ordinal);
        Assert.NotNull(SetUp.Of(sheet).Settings.Prompt);
    }

    [Fact]
    public async Task A_downloaded_WAV_of_a_preset_or_of_its_link_brings_its_settings_and_codes_back_and_a_played_one_is_the_sound_alone()
    {
        await using var house = await PresetFixture.OpenAsync();
        var id = house.Add();
        var word = new PresetLinkRepository(house.Get<Database>()).Add(id, new Actor("local", "Ada"));
        var plain = await house.Http.GetByteArrayAsync($"{id}/steered.wav", Stop);
        var (mine, shared) = (await house.Http.GetByteArrayAsync($"{id}/steered.wav?download=true", Stop), await house.Http.GetByteArrayAsync($"/api/v1/shared/{word}/steered.wav?download=true", Stop));
        Assert.Equal(mine, shared);
        Assert.Equal(plain[44..], mine[44..plain.Length]);
        Assert.Equal("saed"u8.ToArray(), mine[plain.Length..(plain.Length + 4)]);
        Assert.Equal(-1, plain.AsSpan().IndexOf("saed"u8));
        // At the place it came from it is known; elsewhere it is the same preset.
        var known = await (await house.Http.PostAsync("import?file=a.wav", new ByteArrayContent(mine), Stop)).Content.ReadFromJsonAsync<JsonElement>(Stop);
        Assert.True(known.GetProperty("known").GetBoolean());
        await using var elsewhere = await PresetFixture.OpenAsync();
        Assert.Equal(HttpStatusCode.Created, (await elsewhere.Http.PostAsync("import?file=a.wav", new ByteArrayContent(mine), Stop)).StatusCode);
        var there = elsewhere.Presets.Find(Assert.Single(elsewhere.Presets.List()).Id)!.Preset;
        Assert.Equal(PresetContent.Hash(PresetFixture.Demo()), PresetContent.Hash(there));
        // The Studio takes it up, with every setting that it had as a preset.
        var answer = await house.Http.PostAsync("/api/v1/takes/settings?file=a.wav", new ByteArrayContent(mine), Stop);
        var page = (await answer.Content.ReadFromJsonAsync<JsonElement>(Stop)).GetProperty("page").GetString()!;
        var setUp = house.Get<SetUpInbox>().Find(page.Split('=')[1])!;
        Assert.Equal((there.Prompt, there.Seed, there.Frames), (setUp.Settings.Prompt, setUp.Settings.Seed, setUp.Settings.Frames));
        Assert.Equal(there.Steers.Select(steer => (steer.Feature, steer.Strength)), setUp.Settings.Steers.Select(steer => (steer.Feature, steer.Strength)));
    }

    private static TakeSheet Sheet()
    {
        var preset = PresetFixture.Demo();
        return new TakeSheet
        {
            Name = "From a WAV",
            Arm = "C",
            Take = new TakeManifest
            {
                Id = "take-20261130-101502-x7k2", State = TakeState.Done, CreatedUtc = DateTimeOffset.UnixEpoch, ModelHash = preset.Model.WeightsHash, CodecHash = preset.Model.CodecHash, SaeHash = preset.Sae.WeightsHash,
                Hook = preset.Sae.Hook, SampleRate = 16_000, FrameRate = 50, Settings = PresetSettings.ToTake(preset, "model", "sae") with { Window = null },
            },
            Labels = [new TakeSheetLabel(preset.Steers[0].Feature, "Taiko")],
            Codes = new Dictionary<string, PresetCodes> { ["A"] = preset.Arms["baseline"], ["C"] = preset.Arms["steered"] },
        };
    }

    private static ByteArrayContent Wav(TakeSheet sheet)
    {
        var bytes = Core.Takes.TakeSheetFile.ToBytes(sheet);
        return new([.. "RIFF"u8, .. new byte[4], .. "WAVE"u8, .. "saed"u8, .. BitConverter.GetBytes(bytes.Length), .. bytes]);
    }

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage answer)
    {
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Stop));
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Stop);
    }

    private static async Task<string> ProblemAsync(HttpResponseMessage answer)
    {
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(Stop)).GetProperty("detail").GetString()!;
    }
}
