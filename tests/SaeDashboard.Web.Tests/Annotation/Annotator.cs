using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using SaeDashboard.Web.Tests.Api;

namespace SaeDashboard.Web.Tests.Annotation;

/// <summary>A person at a browser of their own: a client that keeps the cookie which says who they are.</summary>
internal sealed class Annotator : IDisposable
{
    private static int last;

    private readonly HttpClient http;

    private Annotator(HttpClient http, string id) => (this.http, Id) = (http, id);

    public string Id { get; }

    public static async Task<Annotator> EnterAsync(ApiSite site, string name)
    {
        var http = new HttpClient(new HttpClientHandler { CookieContainer = new CookieContainer() }) { BaseAddress = site.Http.BaseAddress };
        // Names are unique on a site, and one site serves all tests of a class.
        var me = await SendAsync(http, HttpMethod.Put, "/api/v1/me", new { name = FormattableString.Invariant($"{name} {Interlocked.Increment(ref last)}") });
        Assert.Equal(HttpStatusCode.OK, me.Status);
        return new Annotator(http, me.Body.GetProperty("id").GetString()!);
    }

    public Task<(HttpStatusCode Status, JsonElement Body)> SendAsync(HttpMethod method, string address, object? body = null) => SendAsync(http, method, address, body);

    /// <summary>A request that must succeed.</summary>
    public async Task<JsonElement> DoAsync(HttpMethod method, string address, object? body = null)
    {
        var (status, answer) = await SendAsync(method, address, body);
        Assert.True((int)status < 300, $"{method} {address}: {status} {answer}");
        return answer;
    }

    public Task<JsonElement> GetAsync(string address) => DoAsync(HttpMethod.Get, address);

    /// <summary>The person's next item; the state where there is none.</summary>
    public async Task<(string State, int? Feature)> NextAsync(string queue)
    {
        var next = await DoAsync(HttpMethod.Post, $"/api/v1/queues/{queue}/next");
        return (next.GetProperty("state").GetString()!, next.GetProperty("items").EnumerateArray().Select(item => (int?)item.GetProperty("feature").GetInt32()).FirstOrDefault());
    }

    /// <summary>Sends a verdict on an item by a new id.</summary>
    public async Task<JsonElement> SayAsync(string queue, int feature, string verdict, string? label = null, object? clips = null, long seen = 0) =>
        await DoAsync(HttpMethod.Put, $"/api/v1/annotations/{Guid.NewGuid()}", new { queue, feature, verdict, label, clips, seenRevision = seen, seconds = 10 });

    public async Task<string> TextAsync(string address) => await http.GetStringAsync(address, TestContext.Current.CancellationToken);

    public void Dispose() => http.Dispose();

    private static async Task<(HttpStatusCode Status, JsonElement Body)> SendAsync(HttpClient http, HttpMethod method, string address, object? body)
    {
        using var request = new HttpRequestMessage(method, address);
        if (body is not null) request.Content = new StringContent(JsonSerializer.Serialize(body, JsonSerializerOptions.Web), Encoding.UTF8, "application/json");
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        if (answer.StatusCode == HttpStatusCode.NoContent) return (answer.StatusCode, default);
        if ((int)answer.StatusCode >= 400) Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        return (answer.StatusCode, await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken));
    }
}
