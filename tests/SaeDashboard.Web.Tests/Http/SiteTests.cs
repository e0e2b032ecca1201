using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using SaeDashboard.Core;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Tests.Http;

/// <summary>The whole site over HTTP, with a music worker that ends at once.</summary>
public sealed class SiteTests : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private readonly HttpClient http = new(new HttpClientHandler { AllowAutoRedirect = false });
    private WebApplication site = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        site = Site.Build(["--data", folder["data"], "--port", "0", "--Web:Worker", "/bin/true", "--Web:Demo", folder["demo"], "--Logging:LogLevel:Default", "None"]);
        await site.StartAsync(Stop);
        http.BaseAddress = new Uri(site.Urls.First());
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await site.StopAsync(Stop);
        await site.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task A_port_in_use_is_named_with_the_way_out()
    {
        var second = Site.Build(["--data", folder["second"], "--port", http.BaseAddress!.Port.ToString(System.Globalization.CultureInfo.InvariantCulture), "--Web:Worker", "/bin/true", "--Web:Demo", folder["demo"], "--Logging:LogLevel:Default", "None"]);
        var message = (await Assert.ThrowsAsync<UserException>(() => Site.RunAsync(second))).Message;
        Assert.StartsWith("The port is in use", message, StringComparison.Ordinal);
        Assert.Contains("--port", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SocketError.AccessDenied, "a number from 1024 to 65535")]
    [InlineData(SocketError.AddressNotAvailable, "cannot listen")]
    public void A_port_that_is_not_permitted_is_said_to_be_so(SocketError code, string expected)
    {
        var message = Site.CannotListen(new SocketException((int)code))!.Message;
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.Contains("--port", message, StringComparison.Ordinal);
        Assert.Null(Site.CannotListen(new InvalidOperationException()));
    }

    [Fact]
    public async Task HEAD_answers_like_GET_at_every_endpoint_that_has_GET()
    {
        var run = AddRun("""{"step":1,"loss":0.5}""");
        var addresses = ((IEndpointRouteBuilder)site).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Contains("GET") == true)
            .Select(endpoint => endpoint.RoutePattern.RawText!).Where(path => !path.Contains('*') && !path.StartsWith('_') && !path.StartsWith("/_", StringComparison.Ordinal))
            .Where(path => !path.Contains('.') || path.Contains("api/", StringComparison.Ordinal))
            .Select(path => path.Replace("{id}", run, StringComparison.Ordinal).Replace("{Id}", run, StringComparison.Ordinal).Replace("{row:int}", "0", StringComparison.Ordinal)
                .Replace("{index:int}", "0", StringComparison.Ordinal).Replace("{rank:int}", "0", StringComparison.Ordinal).Replace("{Feature:int}", "0", StringComparison.Ordinal).Replace("{", "", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal))
            .Append("runs").Distinct().ToArray();
        Assert.True(addresses.Length > 15, string.Join(' ', addresses));
        var differ = new List<string>();
        foreach (var address in addresses)
        {
            // The events of jobs have no end.
            using var get = await http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, Stop);
            using var request = new HttpRequestMessage(HttpMethod.Head, address);
            using var head = await http.SendAsync(request, Stop);
            if (get.StatusCode != head.StatusCode || get.Content.Headers.ContentType?.ToString() != head.Content.Headers.ContentType?.ToString())
                differ.Add($"{address}: GET {get.StatusCode} {get.Content.Headers.ContentType}, HEAD {head.StatusCode} {head.Content.Headers.ContentType}");
            Assert.Empty(await head.Content.ReadAsByteArrayAsync(Stop));
        }
        Assert.True(differ.Count == 0, string.Join(Environment.NewLine, differ));
    }

    [Fact]
    public async Task Ready_tries_a_write_and_says_why_it_failed()
    {
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("health/ready", Stop)).StatusCode);
        Directory.Move(Path.Combine(folder["data"], "journal"), folder["moved"]);
        await Task.Delay(1100, Stop);
        using var answer = await http.GetAsync("health/ready", Stop);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("could not be written", await answer.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
        Directory.Move(folder["moved"], Path.Combine(folder["data"], "journal"));
        await Task.Delay(1100, Stop);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("health/ready", Stop)).StatusCode);
    }

    [Fact]
    public async Task A_damaged_line_of_metrics_is_reported_in_its_place_and_the_others_are_given()
    {
        var run = AddRun("""{"step":1,"loss":0.5}""", """{"step":2,"lo""", "5", """{"step":3,"loss":0.25}""");
        using var json = await http.GetAsync($"api/v1/runs/{run}/metrics.json", Stop);
        Assert.Equal(HttpStatusCode.OK, json.StatusCode);
        var lines = JsonDocument.Parse(await json.Content.ReadAsStringAsync(Stop)).RootElement.EnumerateArray().ToArray();
        Assert.Equal([0.5, 0.25], lines.Where(line => line.TryGetProperty("loss", out _)).Select(line => line.GetProperty("loss").GetDouble()));
        Assert.Equal([2, 3], lines.Where(line => line.TryGetProperty("problem", out _)).Select(line => line.GetProperty("line").GetInt32()));
        using var csv = await http.GetAsync($"api/v1/runs/metrics.csv?runs={run}", Stop);
        Assert.Equal(HttpStatusCode.OK, csv.StatusCode);
        var rows = (await csv.Content.ReadAsStringAsync(Stop)).TrimEnd('\n').Split('\n');
        Assert.Equal("run,step,columns,seconds,loss,problem", rows[0]);
        Assert.Equal(5, rows.Length);
        Assert.Equal($"{run},3,,,0.25,", rows[4]);
        Assert.StartsWith($"{run},,,,,", rows[2], StringComparison.Ordinal);
        Assert.Contains("line 2", rows[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_measured_direction_is_given_and_that_of_another_run_is_not_found()
    {
        using (var answer = await http.GetAsync($"api/v1/runs/{AddRun()}/direction.json", Stop)) Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        var (run, hash) = (AddRun(), Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(new byte[8])));
        var place = Path.Combine(folder["data"], "runs", run);
        var plan = new RunPlan { Kind = RunKind.Direction, ModelPath = "/m", DatasetPath = "/d", Layer = 4, ActivationsPath = "", SaePath = "/s", Direction = new RunDirection(new ClipSet("organ")) };
        Core.Files.AtomicFile.WriteJson(Path.Combine(place, RunDirection.FileName), new TakeDirection(hash, Convert.ToBase64String(new byte[8]), "layers.4.resid_post"));
        Core.Files.AtomicFile.WriteJson(Path.Combine(place, "config.json"), plan);
        Core.Files.AtomicFile.WriteJson(Path.Combine(place, "status.json"), new RunStatus(StageName.Index, RunState.Done, 1, 1, 0, 0, DateTimeOffset.UtcNow));
        // The registry looks for new folders now and then.
        using var seen = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        seen.CancelAfter(TimeSpan.FromSeconds(30));
        var (status, body) = (HttpStatusCode.NotFound, "");
        while (status == HttpStatusCode.NotFound)
        {
            await Task.Delay(50, seen.Token);
            using var answer = await http.GetAsync($"api/v1/runs/{run}/direction.json", Stop);
            (status, body) = (answer.StatusCode, await answer.Content.ReadAsStringAsync(Stop));
        }
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(hash, JsonDocument.Parse(body).RootElement.GetProperty("hash").GetString());
    }

    private string AddRun(params string[] metrics)
    {
        var id = Ids.New("run");
        var run = Path.Combine(folder["data"], "runs", id);
        Directory.CreateDirectory(run);
        File.WriteAllText(Path.Combine(run, "metrics.jsonl"), string.Concat(metrics.Select(line => line + "\n")));
        return id;
    }
}
