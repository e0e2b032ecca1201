using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using SaeDashboard.Core.Audio;
using SaeDashboard.Web.Features;

namespace SaeDashboard.Web.Tests.Features;

/// <summary>Clips over HTTP, from a server on a free port.</summary>
public sealed class ClipHttpTests : IAsyncLifetime
{
    private FeatureSite site = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => site = await FeatureSite.StartAsync(app =>
    {
        app.MapClips();
        app.MapFeatures();
    });

    public ValueTask DisposeAsync() => site.DisposeAsync();

    [Fact]
    public async Task A_clip_is_decoded_once_and_given_whole_in_part_or_not_again()
    {
        var whole = await site.Http.GetAsync("datasets/demo/clips/7.wav", Stop);
        Assert.Equal(HttpStatusCode.OK, whole.StatusCode);
        Assert.Equal("audio/wav", whole.Content.Headers.ContentType!.MediaType);
        var bytes = await whole.Content.ReadAsByteArrayAsync(Stop);
        Assert.Equal("RIFF"u8.ToArray(), bytes[..4]);
        var tag = whole.Headers.ETag!;

        using var part = new HttpRequestMessage(HttpMethod.Get, "datasets/demo/clips/7.wav") { Headers = { Range = new RangeHeaderValue(100, 299) } };
        var answer = await site.Http.SendAsync(part, Stop);
        Assert.Equal(HttpStatusCode.PartialContent, answer.StatusCode);
        Assert.Equal((100, 299, bytes.Length), (answer.Content.Headers.ContentRange!.From!.Value, answer.Content.Headers.ContentRange.To!.Value, answer.Content.Headers.ContentRange.Length!.Value));
        Assert.Equal(bytes[100..300], await answer.Content.ReadAsByteArrayAsync(Stop));

        using var tail = new HttpRequestMessage(HttpMethod.Get, "datasets/demo/clips/7.wav") { Headers = { Range = new RangeHeaderValue(null, 10) } };
        Assert.Equal(bytes[^10..], await (await site.Http.SendAsync(tail, Stop)).Content.ReadAsByteArrayAsync(Stop));

        using var beyond = new HttpRequestMessage(HttpMethod.Get, "datasets/demo/clips/7.wav") { Headers = { Range = new RangeHeaderValue(bytes.Length, bytes.Length + 9) } };
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, (await site.Http.SendAsync(beyond, Stop)).StatusCode);

        foreach (var address in new[] { "datasets/demo/clips/7.wav", "datasets/demo/clips/7/peaks" })
        {
            using var again = new HttpRequestMessage(HttpMethod.Get, address) { Headers = { IfNoneMatch = { tag } } };
            Assert.Equal(HttpStatusCode.NotModified, (await site.Http.SendAsync(again, Stop)).StatusCode);
        }
        Assert.Equal(1, site.Decoder.Decoded);
    }

    [Fact]
    public async Task Two_clips_are_two_sounds_with_two_tags()
    {
        var one = await site.Http.GetAsync("datasets/demo/clips/1.wav", Stop);
        var other = await site.Http.GetAsync("datasets/demo/clips/2.wav", Stop);
        Assert.NotEqual(one.Headers.ETag, other.Headers.ETag);
        Assert.NotEqual(await one.Content.ReadAsByteArrayAsync(Stop), await other.Content.ReadAsByteArrayAsync(Stop));
    }

    [Fact]
    public async Task Peaks_are_those_of_the_sound()
    {
        var peaks = (await site.Http.GetFromJsonAsync<Peaks>("datasets/demo/clips/7/peaks?buckets=50", Stop))!;
        var path = site["seven.wav"];
        await File.WriteAllBytesAsync(path, await site.Http.GetByteArrayAsync("datasets/demo/clips/7.wav", Stop), Stop);
        var expected = Peaks.Of(WavFile.Read(path), 50);
        Assert.Equal(expected.Values, peaks.Values);
        Assert.Equal((expected.Seconds, expected.SampleRate), (peaks.Seconds, peaks.SampleRate));
        Assert.Equal(HttpStatusCode.BadRequest, (await site.Http.GetAsync("datasets/demo/clips/7/peaks?buckets=1000000", Stop)).StatusCode);
    }

    [Fact]
    public async Task A_features_clip_is_drawn_at_once_and_carries_its_peaks_when_the_sound_is_there()
    {
        var before = await site.Http.GetFromJsonAsync<JsonElement>("saes/demo/features/1337/clips/0", Stop);
        Assert.Equal(JsonValueKind.Null, before.GetProperty("peaks").ValueKind);
        Assert.Equal(0, site.Decoder.Decoded);
        Assert.Contains("taiko", before.GetProperty("caption").GetString(), StringComparison.Ordinal);
        await site.Http.GetAsync(before.GetProperty("sound").GetString()!["api/v1/".Length..], Stop);
        var after = await site.Http.GetFromJsonAsync<JsonElement>("saes/demo/features/1337/clips/0", Stop);
        Assert.Equal(2 * Peaks.DefaultBuckets, after.GetProperty("peaks").GetProperty("values").GetArrayLength());
    }

    [Theory]
    [InlineData("datasets/demo/clips/3000.wav")]
    [InlineData("datasets/other/clips/0.wav")]
    [InlineData("datasets/demo/clips/99999999/peaks")]
    [InlineData("saes/demo/features/2048/clips/0")]
    [InlineData("saes/demo/features/1/clips/12")]
    [InlineData("saes/other/features/1/clips/0")]
    public async Task What_is_not_there_is_said_in_a_problem(string address)
    {
        var answer = await site.Http.GetAsync(address, Stop);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task While_the_worker_is_away_what_was_heard_still_sounds_and_the_rest_says_why()
    {
        Assert.Equal(HttpStatusCode.OK, (await site.Http.GetAsync("datasets/demo/clips/7.wav", Stop)).StatusCode);
        site.Decoder.Away = true;
        Assert.Equal(HttpStatusCode.OK, (await site.Http.GetAsync("datasets/demo/clips/7.wav", Stop)).StatusCode);
        var answer = await site.Http.GetAsync("datasets/demo/clips/8.wav", Stop);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("The music worker is away.", await answer.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
        site.Decoder.Away = false;
        Assert.Equal(HttpStatusCode.OK, (await site.Http.GetAsync("datasets/demo/clips/8.wav", Stop)).StatusCode);
    }
}
