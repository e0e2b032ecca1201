using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using SaeDashboard.Core.Takes;
using SaeDashboard.Storage;

namespace SaeDashboard.Web.Tests.Studio;

/// <summary>A blind test as a page does it: over HTTP.</summary>
public sealed class AbxTests : IAsyncLifetime
{
    private const int Trials = 10;
    private readonly HttpClient http = new();
    private StudioHost host = null!;
    private TakeOnDisk take = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        host = await StudioHost.StartAsync(Stop);
        take = new TakeOnDisk(host.Root.Takes, 1_600);
        http.BaseAddress = new Uri(host.Address, $"api/v1/takes/{take.Id}/abx");
    }

    public async ValueTask DisposeAsync()
    {
        take.Dispose();
        http.Dispose();
        await host.DisposeAsync();
    }

    [Fact]
    public async Task A_test_is_blind_scored_and_kept_with_the_take()
    {
        Finish();
        var sounds = new Dictionary<string, byte[]>();
        foreach (var arm in (string[])["A", "C"]) sounds[arm] = await File.ReadAllBytesAsync(take.Folder.WavPath(arm), Stop);
        var begun = await BeginAsync();
        // Nothing that is answered before the end says which is which, and the answer to a sound has no name, tag or time of its file.
        Assert.Equal(["id", "trials"], begun.EnumerateObject().Select(member => member.Name));
        var id = begun.GetProperty("id").GetString()!;
        var a = await http.GetByteArrayAsync($"abx/{id}/0/a.wav", Stop);
        var b = await http.GetByteArrayAsync($"abx/{id}/0/b.wav", Stop);
        Assert.Equal(sounds.Values.Select(Convert.ToHexString).Order(), new[] { a, b }.Select(Convert.ToHexString).Order());
        var order = "";
        for (var trial = 0; trial < Trials; trial++)
        {
            using var answer = await http.GetAsync($"abx/{id}/{trial}/x.wav", Stop);
            Assert.Null(answer.Headers.ETag);
            Assert.Null(answer.Content.Headers.LastModified);
            Assert.True(answer.Headers.CacheControl!.NoStore);
            var x = await answer.Content.ReadAsByteArrayAsync(Stop);
            order += x.SequenceEqual(a) ? 'A' : 'B';
            Assert.True(x.SequenceEqual(a) || x.SequenceEqual(b));
            // One answer is wrong; each comes twice, as on a bad line, and the second changes nothing.
            var says = trial == 3 ? order[^1] == 'A' ? "B" : "A" : $"{order[^1]}";
            var state = await AnswerAsync(id, trial, says);
            if (trial < Trials - 1)
            {
                await AnswerAsync(id, trial, "A");
                Assert.Equal((trial + 1, JsonValueKind.Null), (state.GetProperty("answered").GetInt32(), state.GetProperty("result").ValueKind));
                Assert.Empty(await ListAsync());
                continue;
            }
            var result = state.GetProperty("result");
            Assert.Equal((9, Trials, order), (result.GetProperty("right").GetInt32(), result.GetProperty("trials").GetInt32(), result.GetProperty("order").GetString()));
            Assert.Equal(11.0 / 1024, result.GetProperty("p").GetDouble(), 1e-12);
            Assert.Equal(AbxTrials.Order(result.GetProperty("seed").GetString()!, Trials), order);
            Assert.Equal(a.SequenceEqual(sounds["A"]) ? "A" : "C", result.GetProperty("armA").GetString());
        }
        // The last answer again: the test is kept once.
        await AnswerAsync(id, Trials - 1, "A");
        var kept = Assert.Single(host.Get<TakeRepository>().Find(take.Id)!.Blind);
        Assert.Equal((id, "ada", 9, 10, order), (kept.Id, kept.UserId, kept.Right, kept.Trials, kept.Order));
        Assert.Equal(id, Assert.Single(await ListAsync()).GetProperty("id").GetString());
    }

    [Fact]
    public async Task What_cannot_be_tested_is_refused_with_the_reason()
    {
        await RefusedAsync(new { first = "A", second = "C", trials = Trials }, "Only a complete take");
        Finish();
        await RefusedAsync(new { first = "A", second = "D", trials = Trials }, "has no arm 'D'");
        await RefusedAsync(new { first = "A", second = "A", trials = Trials }, "two different arms");
        await RefusedAsync(new { first = "A", second = "C", trials = 3 }, "5 to 50");
        var id = (await BeginAsync()).GetProperty("id").GetString();
        using var early = await http.PutAsJsonAsync($"abx/{id}/1", new { x = "A" }, Stop);
        Assert.Equal(HttpStatusCode.BadRequest, early.StatusCode);
        Assert.Contains("it is trial 1's turn", await early.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
        using var neither = await http.PutAsJsonAsync($"abx/{id}/0", new { x = "C" }, Stop);
        Assert.Contains("X is A or B", await neither.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);

        // Another person neither hears nor answers it.
        http.DefaultRequestHeaders.Add("X-Person", "bob");
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync($"abx/{id}/0/x.wav", Stop)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.PutAsJsonAsync($"abx/{id}/0", new { x = "A" }, Stop)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync($"abx/{id}/99/x.wav", Stop)).StatusCode);
    }

    private void Finish()
    {
        take.Grow("A", 1_600);
        take.Grow("C", 1_500);
        take.End(TakeState.Done);
    }

    private async Task<JsonElement> BeginAsync()
    {
        using var answer = await http.PostAsJsonAsync("", new { first = "A", second = "C", trials = Trials }, Stop);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Stop);
    }

    private async Task<JsonElement> AnswerAsync(string id, int trial, string x)
    {
        using var answer = await http.PutAsJsonAsync($"abx/{id}/{trial}", new { x }, Stop);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Stop));
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Stop);
    }

    private async Task<JsonElement[]> ListAsync() => (await http.GetFromJsonAsync<JsonElement[]>("", Stop))!;

    private async Task RefusedAsync(object body, string because)
    {
        using var answer = await http.PostAsJsonAsync("", body, Stop);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(because.Replace("'", "\\u0027", StringComparison.Ordinal), (await answer.Content.ReadAsStringAsync(Stop)).Replace("'", "\\u0027", StringComparison.Ordinal), StringComparison.Ordinal);
    }
}
