using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace SaeDashboard.EndToEnd.Tests.Fixtures;

/// <summary>A queue in which two people disagree on its first item, made over HTTP: for pages that show queues.</summary>
internal static class DisputedQueue
{
    private static readonly int[] Features = [DemoSae.Taiko, 526, 211, 1295];

    /// <summary>Makes it, and gives its id.</summary>
    public static async Task<string> MakeAsync(SiteProcess site)
    {
        var name = Guid.NewGuid().ToString("N")[..6];
        using var maker = new HttpClient { BaseAddress = new Uri(site.Url) };
        await Poll.UntilAsync("the features are read", TimeSpan.FromSeconds(60), async () => (await maker.GetAsync(new Uri("api/v1/saes/demo/features/0", UriKind.Relative))).IsSuccessStatusCode);
        var made = await SendAsync(maker, HttpMethod.Post, "api/v1/queues", new { name = "Drums, first round", sae = "demo", features = Features, mode = "blindFirst", overlap = 2, guidelines = "Name the instrument." });
        var queue = made.GetProperty("queue").GetProperty("id").GetString()!;
        foreach (var (person, verdict, label) in new[] { ($"Eva {name}", "edit", "taiko drums"), ($"Finn {name}", "edit", "low drums") })
        {
            using var handler = new HttpClientHandler { CookieContainer = new CookieContainer() };
            using var client = new HttpClient(handler) { BaseAddress = new Uri(site.Url) };
            await SendAsync(client, HttpMethod.Put, "api/v1/me", new { name = person });
            var next = await SendAsync(client, HttpMethod.Post, $"api/v1/queues/{queue}/next?count=1", null);
            var votes = next.GetProperty("items")[0].GetProperty("clips").EnumerateArray().Take(3)
                .Select((clip, at) => new { row = clip.GetProperty("row").GetInt32(), vote = at == 0 && label == "low drums" ? "doesNotFit" : "fits" });
            await SendAsync(client, HttpMethod.Put, $"api/v1/annotations/{Guid.CreateVersion7()}", new { queue, feature = DemoSae.Taiko, verdict, label, seenRevision = 0, seconds = 12.5, clips = votes.OrderBy(vote => vote.row) });
        }
        return queue;
    }

    private static async Task<JsonElement> SendAsync(HttpClient client, HttpMethod method, string address, object? body)
    {
        using var request = new HttpRequestMessage(method, new Uri(address, UriKind.Relative)) { Content = body is null ? null : JsonContent.Create(body) };
        using var answer = await client.SendAsync(request);
        var said = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return answer.IsSuccessStatusCode ? said : throw new InvalidOperationException($"{address}: {said}");
    }
}
