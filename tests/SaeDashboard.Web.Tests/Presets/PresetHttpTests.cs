using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Presets;

namespace SaeDashboard.Web.Tests.Presets;

/// <summary>Presets over HTTP: what comes in, what goes out, what sounds.</summary>
public sealed class PresetHttpTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_exported_and_imported_is_the_same_preset()
    {
        await using var house = await PresetFixture.OpenAsync();
        var first = house.Add();
        var answer = await house.Http.GetAsync($"{first}.json", Stop);
        Assert.Equal("taiko.json", answer.Content.Headers.ContentDisposition!.FileNameStar ?? answer.Content.Headers.ContentDisposition.FileName);
        var exported = await answer.Content.ReadAsByteArrayAsync(Stop);
        Assert.Equal(PresetFile.ToBytes(PresetFixture.Demo()), exported);

        await using var other = await PresetFixture.OpenAsync();
        var second = await ImportAsync(other, "taiko.json", exported);
        Assert.Equal(exported, await other.Http.GetByteArrayAsync($"{second}.json", Stop));
        Assert.Equal([second], other.Presets.List().Select(row => row.Id));
        Assert.NotEqual(first, second);
    }

    [Fact]
    public async Task A_preset_that_is_here_already_is_not_imported_a_second_time()
    {
        await using var house = await PresetFixture.OpenAsync();
        var first = house.Add();
        var exported = await house.Http.GetByteArrayAsync($"{first}.json", Stop);
        var answer = await house.Http.PostAsync("import?file=taiko.json", new ByteArrayContent(exported), Stop);
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>(Stop);
        Assert.Equal((HttpStatusCode.OK, first, true), (answer.StatusCode, body.GetProperty("id").GetString(), body.GetProperty("known").GetBoolean()));
        Assert.Equal([first], house.Presets.List().Select(row => row.Id));
        // The same sound by another name is the same preset, unless the person says otherwise; one that was deleted may come again.
        var renamed = PresetFile.ToBytes(PresetFixture.Demo() with { Name = "Another", Description = "x", Author = "Bob", Licence = "MIT" });
        body = await (await house.Http.PostAsync("import?file=renamed.json", new ByteArrayContent(renamed), Stop)).Content.ReadFromJsonAsync<JsonElement>(Stop);
        Assert.Equal((first, PresetFixture.Demo().Name), (body.GetProperty("id").GetString(), body.GetProperty("name").GetString()));
        Assert.Equal(HttpStatusCode.Created, (await house.Http.PostAsync("import?file=renamed.json&again=true", new ByteArrayContent(renamed), Stop)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await house.Http.DeleteAsync(first, Stop)).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await house.Http.PostAsync("import?file=taiko.json&again=true", new ByteArrayContent(exported), Stop)).StatusCode);
        Assert.Equal(2, house.Presets.List().Count);
    }

    [Theory]
    [InlineData("\"seed\": 0", "\"seed\": 0, \"colour\": \"red\"", "stranger.json: there is no field “colour”")]
    [InlineData("\"strength\": 3", "\"strength\": 900", "stranger.json: steers[0].strength is 900; it may be -20 to 20")]
    [InlineData("\"frames\": 512,\n  \"guidance\"", "\"frames\": 511,\n  \"guidance\"", "stranger.json: the codes of arms.baseline hold 512 frames")]
    [InlineData("\"base64\": \"+ANQ", "\"base64\": \"+A*Q", "stranger.json: arms.baseline: the codes are not base64")]
    [InlineData("{", "", "stranger.json")]
    public async Task A_hostile_file_is_refused_by_name_and_nothing_of_it_is_kept(string found, string put, string message)
    {
        await using var house = await PresetFixture.OpenAsync();
        var text = Encoding.UTF8.GetString(PresetFile.ToBytes(PresetFixture.Demo()));
        var at = text.IndexOf(found, StringComparison.Ordinal);
        Assert.True(at >= 0, $"The preset does not hold {found}.");
        var answer = await house.Http.PostAsync("import?file=..%2Fsecret%2Fstranger.json", new StringContent(text[..at] + put + text[(at + found.Length)..]), Stop);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        var detail = (await answer.Content.ReadFromJsonAsync<JsonElement>(Stop)).GetProperty("detail").GetString()!;
        Assert.StartsWith(message, detail, StringComparison.Ordinal);
        Assert.Empty(house.Presets.List());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_file_that_is_too_large_is_not_read_to_its_end(bool chunked)
    {
        await using var house = await PresetFixture.OpenAsync();
        using var body = new ByteArrayContent(new byte[PresetLimits.MaxBytes + 1]);
        using var request = new HttpRequestMessage(HttpMethod.Post, "import?file=big.json") { Content = body };
        request.Headers.TransferEncodingChunked = chunked;
        var answer = await house.Http.SendAsync(request, Stop);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Contains("big.json is larger than 2,048 KiB", await answer.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
        Assert.Empty(house.Presets.List());
    }

    [Fact]
    public async Task Both_arms_sound_where_only_the_codec_is_here_and_are_decoded_once()
    {
        await using var house = await PresetFixture.OpenAsync(model: false, sae: false);
        var id = house.Add();
        var whole = await house.Http.GetAsync($"{id}/steered.wav", Stop);
        Assert.Equal("audio/wav", whole.Content.Headers.ContentType!.MediaType);
        var bytes = await whole.Content.ReadAsByteArrayAsync(Stop);
        Assert.NotEqual(bytes, await house.Http.GetByteArrayAsync($"{id}/baseline.wav", Stop));

        using var part = new HttpRequestMessage(HttpMethod.Get, $"{id}/steered.wav") { Headers = { Range = new RangeHeaderValue(50, 149) } };
        var answer = await house.Http.SendAsync(part, Stop);
        Assert.Equal(HttpStatusCode.PartialContent, answer.StatusCode);
        Assert.Equal(bytes[50..150], await answer.Content.ReadAsByteArrayAsync(Stop));
        using var again = new HttpRequestMessage(HttpMethod.Get, $"{id}/steered.wav") { Headers = { IfNoneMatch = { whole.Headers.ETag! } } };
        Assert.Equal(HttpStatusCode.NotModified, (await house.Http.SendAsync(again, Stop)).StatusCode);
        var peaks = await house.Http.GetFromJsonAsync<Peaks>($"{id}/steered/peaks?buckets=40", Stop);
        Assert.Equal((80, 0.2), (peaks!.Values.Count, peaks.Seconds));
        Assert.Equal(2, house.Worker.Decoded);
        Assert.Empty(house.Worker.Asked);
    }

    [Fact]
    public async Task Without_the_codec_the_missing_model_is_named()
    {
        await using var house = await PresetFixture.OpenAsync(model: false, codec: false);
        var answer = await house.Http.GetAsync($"{house.Add()}/steered.wav", Stop);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        var detail = (await answer.Content.ReadFromJsonAsync<JsonElement>(Stop)).GetProperty("detail").GetString()!;
        Assert.Contains($"“model” ({PresetFixture.Demo().Model.CodecHash[..12]}…)", detail, StringComparison.Ordinal);
        Assert.Contains("models/", detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("preset-20260101-000000-aaaa.json")]
    [InlineData("preset-20260101-000000-aaaa/steered.wav")]
    [InlineData("..%2F..%2Fdashboard.db/steered.wav")]
    [InlineData("..%2F..%2Fdashboard.json")]
    [InlineData("ID/third.wav")]
    [InlineData("ID/takes/take-20260101-000000-aaaa")]
    [InlineData("ID/takes/..%2F..")]
    public async Task What_is_not_there_is_said_in_a_problem(string address)
    {
        await using var house = await PresetFixture.OpenAsync();
        var answer = await house.Http.GetAsync(address.Replace("ID", house.Add(), StringComparison.Ordinal), Stop);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
    }

    [Theory]
    [InlineData("{}", "takeId")]
    [InlineData("null", "takeId")]
    [InlineData("""{"takeId":null,"name":"x"}""", "takeId")]
    [InlineData("""{"takeId":"take-20260101-000000-aaaa","name":null}""", "\"name\"")]
    [InlineData("""{"takeId":"take-20260101-000000-aaaa","description":"x"}""", "\"name\"")]
    public async Task A_field_that_is_missing_or_null_is_named(string body, string field)
    {
        await using var house = await PresetFixture.OpenAsync();
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        var answer = await house.Http.PostAsync("", content, Stop);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(field, (await answer.Content.ReadFromJsonAsync<JsonElement>(Stop)).GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task On_a_full_disk_an_import_a_rename_and_a_deletion_say_so()
    {
        await using var house = await PresetFixture.OpenAsync();
        var id = house.Add();
        house.Store.IsFull = true;
        var answer = await house.Http.PostAsync("import?file=a.json", new ByteArrayContent(PresetFile.ToBytes(PresetFixture.Demo() with { Name = "Another", Seed = 99 })), Stop);
        Assert.Equal(CountingStore.Full, (await answer.Content.ReadFromJsonAsync<JsonElement>(Stop)).GetProperty("detail").GetString());
        answer = await house.Http.DeleteAsync(id, Stop);
        Assert.Equal(CountingStore.Full, (await answer.Content.ReadFromJsonAsync<JsonElement>(Stop)).GetProperty("detail").GetString());
        house.Store.IsFull = false;
        Assert.Equal(HttpStatusCode.NoContent, (await house.Http.DeleteAsync(id, Stop)).StatusCode);
    }

    [Fact]
    public async Task A_deleted_preset_is_listed_and_exported_no_more()
    {
        await using var house = await PresetFixture.OpenAsync();
        var id = house.Add();
        Assert.Equal(1, (await house.Http.GetFromJsonAsync<JsonElement>("", Stop)).GetProperty("total").GetInt32());
        Assert.Equal(HttpStatusCode.NoContent, (await house.Http.DeleteAsync(id, Stop)).StatusCode);
        Assert.Equal(0, (await house.Http.GetFromJsonAsync<JsonElement>("", Stop)).GetProperty("total").GetInt32());
        Assert.Equal(HttpStatusCode.NotFound, (await house.Http.GetAsync($"{id}.json", Stop)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await house.Http.DeleteAsync(id, Stop)).StatusCode);
    }

    private static async Task<string> ImportAsync(PresetFixture house, string name, byte[] bytes)
    {
        var answer = await house.Http.PostAsync($"import?file={name}", new ByteArrayContent(bytes), Stop);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        var id = (await answer.Content.ReadFromJsonAsync<JsonElement>(Stop)).GetProperty("id").GetString()!;
        Assert.EndsWith($"{id}.json", answer.Headers.Location!.ToString(), StringComparison.Ordinal);
        return id;
    }
}
