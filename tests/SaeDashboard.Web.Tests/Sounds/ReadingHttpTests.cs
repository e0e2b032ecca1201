using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Audio;
using SaeDashboard.Storage;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Serving;
using SaeDashboard.Web.Sounds;
using SaeDashboard.Web.Studio;
using SaeDashboard.Web.Tests.Features;
using SaeDashboard.Web.Tests.Studio;

namespace SaeDashboard.Web.Tests.Sounds;

/// <summary>Which features fire in a sound, over HTTP; and how readings wait, fail, stop and begin again.</summary>
public sealed class ReadingHttpTests : IAsyncLifetime
{
    private static readonly Actor Ann = new("local", "Ann");

    private SoundsHost host = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private SoundReadings Readings => host.Get<SoundReadings>();

    public async ValueTask InitializeAsync() => host = await SoundsHost.StartAsync();

    public ValueTask DisposeAsync() => host.DisposeAsync();

    [Fact]
    public async Task Features_that_fire_are_listed_in_multiples_of_their_p99_and_each_can_be_drawn()
    {
        host.Get<FeatureLabels>().Name(new FeatureKey(DemoFeatures.Set.SaeHash, 1337), "taiko", null, Ann);
        var all = await host.Http.GetFromJsonAsync<JsonElement>("saes/demo/readings/clip-7?all=true", Stop);
        Assert.Equal(("clip-7", 2.0, 2), (all.GetProperty("sound").GetString(), all.GetProperty("seconds").GetDouble(), all.GetProperty("total").GetInt32()));
        var taiko = all.GetProperty("features").EnumerateArray().Single(each => each.GetProperty("feature").GetInt32() == 1337);
        Assert.Equal(("taiko", 2.0), (taiko.GetProperty("label").GetString(), taiko.GetProperty("max").GetDouble()));
        Assert.Equal(2 / DemoFeatures.Set.Index.P99[1337], taiko.GetProperty("maxOverP99").GetDouble(), 1e-6);
        Assert.Equal(2.0 / 97, taiko.GetProperty("share").GetDouble(), 1e-6);

        // 0.98 to 1.00 s is frame 49, which is column 50.
        var moment = await host.Http.GetFromJsonAsync<JsonElement>("saes/demo/readings/clip-7?from=0.98&to=1&by=share&all=true", Stop);
        Assert.Equal([1337], moment.GetProperty("features").EnumerateArray().Select(each => each.GetProperty("feature").GetInt32()));
        Assert.Equal((0.98, 1.0), (moment.GetProperty("from").GetDouble(), moment.GetProperty("to").GetDouble()));

        var drawn = await host.Http.GetFromJsonAsync<JsonElement>("saes/demo/readings/clip-7/features/1337", Stop);
        Assert.Equal([49, 50], drawn.GetProperty("frames").EnumerateArray().Select(each => each.GetInt32()));
        Assert.Equal([1.0, 0.5], drawn.GetProperty("values").EnumerateArray().Select(each => each.GetDouble()));
        Assert.Equal((50, 0.98, 2.0, 2.0), (drawn.GetProperty("column").GetInt32(), drawn.GetProperty("seconds").GetDouble(), drawn.GetProperty("value").GetDouble(), drawn.GetProperty("duration").GetDouble()));
        Assert.Equal("api/v1/datasets/demo/clips/7.wav", drawn.GetProperty("sound").GetString());
        var silent = await host.Http.GetFromJsonAsync<JsonElement>("saes/demo/readings/clip-7/features/3", Stop);
        Assert.Equal(0, silent.GetProperty("frames").GetArrayLength());
        // One reading for all of it, by the clip's codes and caption.
        var asked = Assert.Single(host.Reader.Asked);
        Assert.Equal((4, 4 * 512 * 2), (asked.Codebooks, Convert.FromBase64String(asked.Codes!).Length));
        Assert.Equal(DemoFeatures.Set.Clips!.Clips[7].Caption, asked.Prompt);
    }

    [Theory]
    [InlineData("saes/demo/readings/clip-3000", HttpStatusCode.ServiceUnavailable, "clips 0 to 2999")]
    [InlineData("saes/demo/readings/nonsense", HttpStatusCode.NotFound, "names no sound")]
    [InlineData("saes/demo/readings/take-20260101-000000-abcd.B", HttpStatusCode.NotFound, "names no sound")]
    [InlineData("saes/demo/readings/take-20260101-000000-abcd.A", HttpStatusCode.NotFound, "not here any more")]
    [InlineData("saes/demo/readings/sound-000000000000000000000000", HttpStatusCode.NotFound, "not here any more")]
    [InlineData("saes/other/readings/clip-1", HttpStatusCode.NotFound, "no SAE 'other'")]
    [InlineData("saes/demo/readings/clip-1?by=loudest", HttpStatusCode.BadRequest, "max, mean, share")]
    [InlineData("saes/demo/readings/clip-1?top=0", HttpStatusCode.BadRequest, "1 to 1000")]
    [InlineData("saes/demo/readings/clip-1/features/2048", HttpStatusCode.NotFound, "features 0 to 2047")]
    public async Task What_cannot_be_answered_is_said(string address, HttpStatusCode status, string said)
    {
        var answer = await host.Http.GetAsync(address, Stop);
        Assert.Equal(status, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        Assert.Contains(said, (await answer.Content.ReadFromJsonAsync<JsonElement>(Stop)).GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reading_says_what_it_waits_for_and_can_be_stopped_and_begun_again()
    {
        host.Reader.Go = new TaskCompletionSource();
        var source = new ClipSource(5);
        Assert.True(Readings.Open("demo", source)!.IsLive);
        await UntilAsync(() => Readings.Open("demo", source) is { Stage: ReadingStage.Waiting, Position: 2 });
        await Readings.CancelAsync("demo", source);
        Assert.Equal(ReadingStage.Cancelled, (await Readings.WaitAsync("demo", source, Stop))!.Stage);
        Assert.Equal(HttpStatusCode.Conflict, (await host.Http.GetAsync("saes/demo/readings/clip-5", Stop)).StatusCode);

        host.Reader.Problem = "The model is away.";
        host.Reader.Go = FakeReader.Done();
        Readings.Restart("demo", source);
        Assert.Equal((ReadingStage.Failed, "The model is away."), await Readings.WaitAsync("demo", source, Stop) is { } failed ? (failed.Stage, failed.Problem) : default);
        host.Reader.Problem = null;
        Readings.Restart("demo", source);
        Assert.Equal(ReadingStage.Ready, (await Readings.WaitAsync("demo", source, Stop))!.Stage);
        Assert.Null(Readings.Open("other", source));
    }

    [Fact]
    public async Task A_prompt_is_generated_once_as_a_preview_and_read_as_a_take()
    {
        var source = new PromptSource("organ", 7, 4);
        host.Worker.Says = new TakeProgress(TakeState.Queued, 3, 0, 0, null);
        Readings.Open("demo", source);
        await UntilAsync(() => Readings.Open("demo", source) is { Stage: ReadingStage.Generating, Position: 3 });
        Assert.Equal(("organ", 7ul, 200, true), host.Worker.Asked is { } asked ? (asked.Prompt, asked.Seed, asked.Frames, asked.Preview) : default);
        Assert.Equal([TakeArms.Baseline], host.Worker.Asked!.Arms);
        await Readings.CancelAsync("demo", source);
        Assert.Equal(ReadingStage.Cancelled, (await Readings.WaitAsync("demo", source, Stop))!.Stage);
    }

    [Fact]
    public async Task Previews_that_were_not_kept_are_not_listed_and_the_oldest_go()
    {
        await using var small = await SoundsHost.StartAsync(options => options.Previews = 2);
        var (takes, folders) = (small.Get<TakeService>(), small.Get<TakeFolders>());
        var ids = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            using var take = new TakeOnDisk(small.Root.Takes, 16_000, preview: true);
            take.End(TakeState.Done);
            ids.Add(take.Id);
        }
        folders.Refresh(scan: true);
        Assert.Empty(takes.List());
        var oldest = ids.Order(StringComparer.Ordinal).First();
        takes.Keep(oldest, "Kept", Ann);
        Assert.Equal([oldest], takes.List().Select(take => take.Id));
        small.Get<PreviewTakes>().Clean();
        // The kept one, and the two newest of the others.
        var left = Directory.GetDirectories(small.Root.Takes).Select(Path.GetFileName).ToArray();
        Assert.Equal(3, left.Length);
        Assert.Contains(oldest, left);
        Assert.Equal([oldest], takes.List().Select(take => take.Id));
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        for (var i = 0; i < 500 && !holds(); i++) await Task.Delay(10, Stop);
        Assert.True(holds());
    }
}
