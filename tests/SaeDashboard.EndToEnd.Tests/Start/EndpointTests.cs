using System.Net;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Start;

/// <summary>Which requests are answered, and that a supervisor is notified when the site is ready.</summary>
public sealed class EndpointTests(SharedSite shared)
{
    [Fact]
    public async Task A_started_site_says_that_it_is_ready()
    {
        using var client = await ClientAsync();
        Assert.Equal("ready", await client.GetStringAsync(new Uri("health/ready", UriKind.Relative), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_data_folder_is_made_at_the_first_start()
    {
        var site = await shared.GetAsync();
        Assert.All(["keys", "models", "datasets", "activations", "runs", "saes", "takes", "cache"], name => Assert.True(Directory.Exists(Path.Combine(site.Data, name)), name));
    }

    [Theory]
    [InlineData("evil.example", null)]
    [InlineData("127.0.0.1.nip.io", null)]
    [InlineData(null, "http://evil.example")]
    [InlineData(null, "null")]
    [InlineData(null, "http://127.0.0.1:1")]
    public async Task A_foreign_host_or_origin_is_refused(string? host, string? origin)
    {
        using var client = await ClientAsync();
        foreach (var path in new[] { "", "features", "css/base.css", "_blazor/negotiate?negotiateVersion=1", "hubs/dashboard/negotiate?negotiateVersion=1" })
        {
            using var request = new HttpRequestMessage(path.Contains("negotiate", StringComparison.Ordinal) ? HttpMethod.Post : HttpMethod.Get, new Uri(path, UriKind.Relative));
            if (host is not null) request.Headers.Host = host;
            if (origin is not null) request.Headers.Add("Origin", origin);
            using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.True(answer.StatusCode == HttpStatusCode.Forbidden, $"{path}: {answer.StatusCode}");
        }
    }

    private async Task<HttpClient> ClientAsync() => new() { BaseAddress = new Uri((await shared.GetAsync()).Url) };
}
