using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Runtime.InteropServices;
using System.Text.Json;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Features;
using SaeDashboard.Storage;
using SaeDashboard.Web.Atlas;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Tests.Features;

namespace SaeDashboard.Web.Tests.Atlas;

/// <summary>The atlas over HTTP: points, names and voices.</summary>
public sealed class AtlasHttpTests : IAsyncLifetime
{
    private static readonly FeatureAtlas Map = FeatureAtlas.Open(Path.Combine(DemoFeatures.Sae, "index"), DemoFeatures.Set.Index.Info)!;

    private FeatureSite site = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => site = await FeatureSite.StartAsync(app => app.MapAtlas());

    public ValueTask DisposeAsync() => site.DisposeAsync();

    [Theory]
    [InlineData("taiko", null)]
    [InlineData("harpsicord", "harpsichord")]
    [InlineData("#1337", null)]
    [InlineData("nosuchsoundatall", null)]
    [InlineData(" ", null)]
    public async Task A_search_finds_what_the_list_of_features_finds(string typed, string? readAs)
    {
        var answer = await site.Http.GetFromJsonAsync<JsonElement>($"saes/demo/atlas/found?q={Uri.EscapeDataString(typed)}", Stop);
        var expected = typed == " " ? [] : FeatureFilter.Apply(DemoFeatures.Set, new Dictionary<int, CurrentLabel>(), new FeatureQuery { Text = typed, All = true, Sort = FeatureSort.Index });
        Assert.Equal(FeatureSelection.Format(expected), answer.GetProperty("features").GetString());
        Assert.Equal(readAs is null ? [] : [readAs], answer.GetProperty("readings").EnumerateArray().SelectMany(reading => reading.GetProperty("as").EnumerateArray().Select(word => word.GetString())));
    }

    [Fact]
    public async Task Every_feature_is_where_the_index_says_with_its_figures()
    {
        var answer = await site.Http.GetAsync("saes/demo/atlas", Stop);
        var bytes = await answer.Content.ReadAsByteArrayAsync(Stop);
        var index = DemoFeatures.Set.Index;
        var (count, sections) = ((int)BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(8)), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(12)));
        Assert.Equal("ATLS"u8.ToArray(), bytes[..4]);
        Assert.Equal((1u, index.Count), (BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4)), count));
        Assert.Equal(Map.Positions.ToArray(), MemoryMarshal.Cast<byte, float>(bytes.AsSpan(16, 8 * count)).ToArray());
        Assert.Equal(index.P99.ToArray(), MemoryMarshal.Cast<byte, float>(bytes.AsSpan(16 + 8 * count, 4 * count)).ToArray());

        var measures = index.Measures;
        var at = 16 + 12 * count;
        float[]? score = null;
        if (measures is { OutputScore.IsEmpty: false }) score = MemoryMarshal.Cast<byte, float>(bytes.AsSpan(at, 4 * count)).ToArray();
        if (score is not null) at += 4 * count;
        Assert.Equal(measures is { OutputScore.IsEmpty: false }, (sections & 4) != 0);
        ushort[] Column()
        {
            var column = MemoryMarshal.Cast<byte, ushort>(bytes.AsSpan(at, 2 * count)).ToArray();
            at += 2 * count;
            return column;
        }
        var density = Column();
        Assert.All(Enumerable.Range(0, count), feature => Assert.Equal(index.ClipDensity[feature], density[feature] / 65535.0, 1e-5));
        if ((sections & 1) != 0)
        {
            var (auroc, concept) = (Column(), Column());
            Assert.All(Enumerable.Range(0, count), feature =>
            {
                Assert.Equal(measures!.Concept[feature], concept[feature] == 65535 ? -1 : concept[feature]);
                if (concept[feature] != 65535) Assert.Equal(measures.ConceptAuroc[feature], auroc[feature] / 65535.0, 1e-5);
            });
        }
        if ((sections & 2) != 0)
        {
            var stability = Column();
            Assert.All(Enumerable.Range(0, count), feature => Assert.Equal(Math.Max(0, measures!.Stability[feature]), stability[feature] / 65535.0, 1e-5));
        }
        var guests = Column();
        Assert.All(Enumerable.Range(0, count), feature => Assert.Equal(index.GuestRank(feature) ?? 0, guests[feature]));
        Assert.Equal(index.Hue.ToArray(), bytes[at..(at + count)]);
        var marks = bytes[(at + count)..];
        Assert.Equal(count, marks.Length);
        Assert.All(Enumerable.Range(0, count), feature =>
        {
            var row = DemoFeatures.Set.Row(feature, null);
            Assert.Equal((row.Statistics.Kept ? 1 : 0) | (row.Dead ? 2 : 4), marks[feature]);
        });
    }

    [Fact]
    public async Task What_the_browser_has_is_not_sent_again()
    {
        foreach (var address in new[] { "saes/demo/atlas", "saes/demo/atlas/names", "saes/demo/features/1337/voice.wav" })
        {
            var first = await site.Http.GetAsync(address, Stop);
            Assert.Equal(HttpStatusCode.OK, first.StatusCode);
            using var again = new HttpRequestMessage(HttpMethod.Get, address) { Headers = { IfNoneMatch = { first.Headers.ETag! } } };
            Assert.Equal((address, HttpStatusCode.NotModified), (address, (await site.Http.SendAsync(again, Stop)).StatusCode));
            using var other = new HttpRequestMessage(HttpMethod.Get, address) { Headers = { IfNoneMatch = { new EntityTagHeaderValue("\"other\"") } } };
            Assert.Equal(HttpStatusCode.OK, (await site.Http.SendAsync(other, Stop)).StatusCode);
        }
    }

    [Fact]
    public async Task Names_follow_labels()
    {
        var before = await site.Http.GetAsync("saes/demo/atlas/names", Stop);
        var names = await before.Content.ReadFromJsonAsync<JsonElement>(Stop);
        Assert.Equal(DemoFeatures.Set.Suggestion(1337)!.Words, names.GetProperty("hints").GetProperty("1337").GetString());
        Assert.Empty(names.GetProperty("labels").EnumerateObject());
        site.Get<FeatureLabels>().Name(new FeatureKey(DemoFeatures.Set.SaeHash, 1337), "big drum", null, new Actor("ada", "Ada"));
        var after = await site.Http.GetAsync("saes/demo/atlas/names", Stop);
        Assert.NotEqual(before.Headers.ETag, after.Headers.ETag);
        Assert.Equal("big drum", (await after.Content.ReadFromJsonAsync<JsonElement>(Stop)).GetProperty("labels").GetProperty("1337").GetString());
    }

    [Fact]
    public async Task A_voice_is_excerpts_of_the_top_clips_decoded_at_once()
    {
        var bytes = await site.Http.GetByteArrayAsync("saes/demo/features/1337/voice.wav", Stop);
        await site.Http.GetByteArrayAsync("saes/demo/features/1337/voice.wav", Stop);
        Assert.Equal(1, site.Decoder.Decoded);
        var path = site["voice.wav"];
        await File.WriteAllBytesAsync(path, bytes, Stop);
        var voice = WavFile.Read(path);
        Assert.Single(voice.Channels);

        // The fake worker answers with one second whatever it decodes: excerpts are 25 of the frames of each piece, which has up to 44.
        Assert.InRange(voice.Seconds, 0.5, 0.75);
        Assert.InRange(voice.Channels[0].Max(Math.Abs), 0.05f, 0.901f);
        // Faded in and out: no click where excerpts meet.
        Assert.Equal(0, voice.Channels[0][0], 1e-3);
        Assert.Equal(0, voice.Channels[0][^1], 1e-3);

        var plan = site.Get<VoiceLibrary>().Plan(DemoFeatures.Set, 1337)!;
        Assert.Equal(8, plan.Moments.Count);
        Assert.Equal(8, plan.Moments.Select(moment => moment.Row).Distinct().Count());
        var top = DemoFeatures.Set.Index.TopClips(1337);
        Assert.All(plan.Moments, moment => Assert.Contains(top, clip => (clip.Row, clip.Column) == moment));
        Assert.NotEqual(plan.Key, site.Get<VoiceLibrary>().Plan(DemoFeatures.Set, 1338)?.Key);
    }

    [Fact]
    public async Task What_is_missing_is_said()
    {
        foreach (var (address, status, reason) in new[]
        {
            ("saes/none/atlas", HttpStatusCode.NotFound, "no SAE 'none'"), ("saes/none/atlas/names", HttpStatusCode.NotFound, "no SAE 'none'"),
            ("saes/demo/features/99999/voice.wav", HttpStatusCode.NotFound, "no feature 99999"),
        })
        {
            var answer = await site.Http.GetAsync(address, Stop);
            Assert.Equal((address, status), (address, answer.StatusCode));
            Assert.Contains(reason, (await answer.Content.ReadFromJsonAsync<JsonElement>(Stop)).GetProperty("detail").GetString(), StringComparison.Ordinal);
        }
        if (Enumerable.Range(0, DemoFeatures.Set.Index.Count).FirstOrDefault(feature => DemoFeatures.Set.Row(feature, null).Dead, -1) is >= 0 and var dead)
            Assert.Equal(HttpStatusCode.NotFound, (await site.Http.GetAsync($"saes/demo/features/{dead}/voice.wav", Stop)).StatusCode);
        site.Decoder.Away = true;
        var away = await site.Http.GetAsync("saes/demo/features/40/voice.wav", Stop);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, away.StatusCode);
        Assert.Contains("away", (await away.Content.ReadFromJsonAsync<JsonElement>(Stop)).GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_atlas_and_a_damaged_one_are_two_things()
    {
        var index = site["sae/index"];
        Directory.CreateDirectory(index);
        foreach (var file in Directory.GetFiles(Path.Combine(DemoFeatures.Sae, "index")).Where(file => Path.GetFileName(file) != FeatureAtlas.FileName))
            File.Copy(file, Path.Combine(index, Path.GetFileName(file)));
        var without = new OpenedAtlas(new FeatureSet(FeatureIndex.Open(index), null, null));
        Assert.Equal((null, null), (without.Atlas, without.Problem));
        File.WriteAllText(Path.Combine(index, FeatureAtlas.FileName), "none");
        var damaged = new OpenedAtlas(new FeatureSet(FeatureIndex.Open(index), null, null));
        Assert.Null(damaged.Atlas);
        Assert.Contains(FeatureAtlas.FileName, damaged.Problem, StringComparison.Ordinal);
    }
}
