using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Tests.Api;

/// <summary>The whole site with the bundled model, dataset and SAE, over HTTP. One for all tests of a class; no worker decodes.</summary>
public sealed class ApiSite : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();

    public WebApplication App { get; private set; } = null!;

    public HttpClient Http { get; } = new(new HttpClientHandler { AllowAutoRedirect = false });

    /// <summary>The id of the bundled SAE.</summary>
    public string Sae { get; private set; } = "";

    /// <summary>"/api/v1/saes/…".</summary>
    public string SaeAddress => $"/api/v1/saes/{Sae}";

    /// <summary>A run with two lines of metrics.</summary>
    public string Run { get; } = "run-20260101-000000-aaaa";

    public string Data => folder["data"];

    public Actor Person => App.Services.GetRequiredService<UserRepository>().Local();

    public async ValueTask InitializeAsync()
    {
        var run = Path.Combine(Data, "runs", Run);
        Directory.CreateDirectory(run);
        await File.WriteAllTextAsync(Path.Combine(run, "metrics.jsonl"), "{\"step\":1,\"loss\":0.5}\n{\"step\":2,\"loss\":0.25}\n");
        await File.WriteAllTextAsync(Path.Combine(run, "status.json"),
            """{"stage":"train","state":"done","step":2,"total":2,"rate":100,"etaSeconds":null,"heartbeat":"2026-11-30T10:15:02Z"}""");
        WrittenBatch.Into(Data, Features.DemoFeatures.Set.SaeHash);
        App = Site.Build(["--data", Data, "--port", "0", "--Web:Worker", "/bin/true", "--Web:Demo", Path.Combine(Repository.Root, "demo"), "--Logging:LogLevel:Default", "None"]);
        await App.StartAsync();
        Http.BaseAddress = new Uri(App.Urls.First());
        var catalog = App.Services.GetRequiredService<ICatalog>();
        await catalog.RescanAsync(CancellationToken.None);
        Sae = Assert.Single(catalog.Saes).Id;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await App.StopAsync();
        await App.DisposeAsync();
        folder.Dispose();
    }

    /// <summary>A GET that must succeed.</summary>
    public async Task<JsonElement> GetAsync(string address)
    {
        var (status, body) = await SendAsync(HttpMethod.Get, address);
        Assert.True(status == HttpStatusCode.OK, $"{address}: {status} {body}");
        return body;
    }

    /// <summary>The answer to a request: its status and its JSON.</summary>
    public async Task<(HttpStatusCode Status, JsonElement Body)> SendAsync(HttpMethod method, string address, string? json = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, address) { Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json") };
        foreach (var (name, value) in headers) Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        using var answer = await Http.SendAsync(request, TestContext.Current.CancellationToken);
        if (answer.StatusCode == HttpStatusCode.NoContent) return (answer.StatusCode, default);
        if ((int)answer.StatusCode >= 400) Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        return (answer.StatusCode, await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken));
    }
}
