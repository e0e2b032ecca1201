using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SaeDashboard.Core.Runs;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Live;

namespace SaeDashboard.Web.Tests.Live;

/// <summary>The hub over a real socket, in SignalR's JSON protocol: what a browser gets.</summary>
public sealed class HubTests : IAsyncLifetime
{
    private const string Run = "run-20261123-101502-x7k2";
    private const char End = '\u001e';

    private readonly TemporaryFolder folder = new();
    private WebApplication app = null!;
    private DataRoot root = null!;

    private string RunPath => Path.Combine(root.Runs, Run);

    public async ValueTask InitializeAsync()
    {
        root = DataRoot.Open(folder["data"], Path.Combine(Repository.Root, "demo"));
        Directory.CreateDirectory(RunPath);
        app = await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task A_browser_gets_a_snapshot_then_every_new_line_once()
    {
        using var run = RunFolder.Open(RunPath);
        run.Metric(new { Step = 1, Loss = 3.0 });
        using var socket = await ConnectAsync();
        await WatchAsync(socket, "null");
        var snapshot = (await MessageAsync(socket, "Snapshot"))[0];
        Assert.True(snapshot.GetProperty("full").GetBoolean());
        Assert.Equal(3.0, snapshot.GetProperty("points")[0].GetProperty("values").GetProperty("loss").GetDouble());

        run.Metric(new { Step = 2, Loss = double.NaN });
        run.Histogram(new { Step = 2, Counts = new[] { 1, 2 } });
        run.Log("a line");
        Poll();
        var points = await MessageAsync(socket, "Points");
        Assert.Equal(Run, points[0].GetString());
        Assert.Equal(2, points[1].GetProperty("from").GetInt64());
        var point = points[1].GetProperty("points")[0];
        Assert.Equal(JsonValueKind.Null, point.GetProperty("values").GetProperty("loss").ValueKind);
        Assert.True(point.GetProperty("time").GetDouble() > 1.7e12);
        Assert.Equal(2, (await MessageAsync(socket, "Histogram"))[1].GetProperty("histograms")[0].GetProperty("counts").GetArrayLength());
        Assert.Equal(1, (await MessageAsync(socket, "Log"))[1].GetProperty("lines").GetArrayLength());
    }

    [Fact]
    public async Task After_the_server_was_restarted_only_what_was_missed_comes()
    {
        using var run = RunFolder.Open(RunPath);
        for (var step = 1; step <= 3; step++) run.Metric(new { Step = step });
        using (var socket = await ConnectAsync())
        {
            await WatchAsync(socket, "null");
            Assert.Equal(3, (await MessageAsync(socket, "Snapshot"))[0].GetProperty("pointsLine").GetInt64());
        }
        await app.DisposeAsync();
        for (var step = 4; step <= 6; step++) run.Metric(new { Step = step });
        app = await StartAsync();
        using var again = await ConnectAsync();
        await WatchAsync(again, "{\"points\":3,\"histograms\":0,\"log\":0}");
        var missed = (await MessageAsync(again, "Snapshot"))[0];
        Assert.False(missed.GetProperty("full").GetBoolean());
        Assert.Equal([4, 5, 6], missed.GetProperty("points").EnumerateArray().Select(point => point.GetProperty("step").GetInt32()));
    }

    [Fact]
    public async Task A_run_that_is_none_is_said_to_be_missing()
    {
        using var socket = await ConnectAsync();
        await WatchAsync(socket, "null", "../../etc");
        Assert.Equal("../../etc", (await MessageAsync(socket, "Missing"))[0].GetString());
    }

    [Fact]
    public async Task One_that_leaves_is_forgotten()
    {
        using (var socket = await ConnectAsync())
        {
            await WatchAsync(socket, "null");
            await MessageAsync(socket, "Snapshot");
            Assert.True(Feed().HasListeners);
        }
        var until = DateTime.UtcNow.AddSeconds(20);
        while (Feed().HasListeners)
        {
            Assert.True(DateTime.UtcNow < until, "the listener is still there");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    private RunFeed Feed() => app.Services.GetRequiredService<ProgressBus>().Find(Run)!;

    private void Poll() => Feed().Poll();

    private async Task<WebApplication> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(root);
        builder.Services.AddSignalR();
        builder.Services.AddSingleton<ProgressBus>();
        builder.Services.AddSingleton<HubListeners>();
        var made = builder.Build();
        made.MapHub<DashboardHub>("/hubs/dashboard");
        await made.StartAsync(TestContext.Current.CancellationToken);
        return made;
    }

    private async Task<ClientWebSocket> ConnectAsync()
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri(app.Urls.First().Replace("http", "ws", StringComparison.Ordinal) + "/hubs/dashboard"), TestContext.Current.CancellationToken);
        await SendAsync(socket, "{\"protocol\":\"json\",\"version\":1}");
        Assert.Equal("{}", await ReceiveAsync(socket));
        return socket;
    }

    private static Task WatchAsync(ClientWebSocket socket, string seen, string run = Run) =>
        SendAsync(socket, $"{{\"type\":1,\"invocationId\":\"1\",\"target\":\"WatchRun\",\"arguments\":[\"{run}\",{seen}]}}");

    private static Task SendAsync(ClientWebSocket socket, string message) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(message + End), WebSocketMessageType.Text, true, TestContext.Current.CancellationToken);

    /// <summary>The arguments of the next message of this name; others are passed over.</summary>
    private static async Task<JsonElement> MessageAsync(ClientWebSocket socket, string target)
    {
        while (true)
        {
            var message = JsonDocument.Parse(await ReceiveAsync(socket)).RootElement;
            if (message.TryGetProperty("error", out var error)) Assert.Fail(error.ToString());
            if (message.TryGetProperty("target", out var name) && name.GetString() == target) return message.GetProperty("arguments");
        }
    }

    /// <summary>One message. Bytes of the next one stay in the socket: they are read one at a time, which is fast enough here.</summary>
    private static async Task<string> ReceiveAsync(ClientWebSocket socket)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(20));
        var text = new List<byte>();
        var one = new byte[1];
        while (true)
        {
            var result = await socket.ReceiveAsync(one.AsMemory(), patience.Token);
            Assert.NotEqual(WebSocketMessageType.Close, result.MessageType);
            if (result.Count == 0) continue;
            if (one[0] == End) return Encoding.UTF8.GetString([.. text]);
            text.Add(one[0]);
        }
    }
}
