using System.Net.WebSockets;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using SaeDashboard.Core.Takes;

namespace SaeDashboard.Web.Tests.Studio;

/// <summary>The hub as a browser speaks to it: SignalR's JSON protocol over a socket.</summary>
public sealed class AudioHubTests : IAsyncLifetime
{
    private const char End = '\u001e';
    private StudioHost host = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => host = await StudioHost.StartAsync(Stop);

    public ValueTask DisposeAsync() => host.DisposeAsync();

    [Fact]
    public async Task A_streamed_arm_equals_the_file_sample_for_sample()
    {
        using var take = new TakeOnDisk(host.Root.Takes, 40_000);
        take.Grow("C", 10_000);
        var heard = new List<short>();
        await foreach (var message in ListenAsync(take.Id, "C", 2_000))
        {
            if (message.GetProperty("type").GetInt32() == 3) break;
            var item = message.GetProperty("item");
            Assert.Equal(2_000 + heard.Count, item.GetProperty("from").GetInt64());
            heard.AddRange(MemoryMarshal.Cast<byte, short>(item.GetProperty("samples").GetBytesFromBase64()).ToArray());
            if (heard.Count == 8_000)
            {
                take.Grow("C", 40_000);
                take.End(TakeState.Done);
            }
        }
        Assert.Equal(Enumerable.Range(2_000, 38_000).Select(i => TakeOnDisk.Sample(i)), heard);
    }

    [Fact]
    public async Task An_unknown_take_is_an_error_that_says_so()
    {
        await foreach (var message in ListenAsync("take-20260101-000000-abcd", "C", 0))
        {
            Assert.Equal(3, message.GetProperty("type").GetInt32());
            Assert.Contains("does not exist", message.GetProperty("error").GetString(), StringComparison.Ordinal);
            break;
        }
    }

    private async IAsyncEnumerable<JsonElement> ListenAsync(string take, string arm, long from)
    {
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri($"ws://{host.Address.Authority}/hubs/audio"), Stop);
        await SendAsync(socket, """{"protocol":"json","version":1}""");
        await SendAsync(socket, JsonSerializer.Serialize(new { type = 4, invocationId = "1", target = "Listen", arguments = new object[] { take, arm, from } }));
        var text = new StringBuilder();
        var buffer = new byte[1 << 16];
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer, Stop);
            Assert.NotEqual(WebSocketMessageType.Close, received.MessageType);
            text.Append(Encoding.UTF8.GetString(buffer, 0, received.Count));
            for (int at; (at = text.ToString().IndexOf(End)) >= 0;)
            {
                var message = JsonDocument.Parse(text.ToString(0, at)).RootElement;
                text.Remove(0, at + 1);
                // The handshake's answer is empty, and pings say nothing.
                if (message.TryGetProperty("type", out var type) && type.GetInt32() is 2 or 3) yield return message;
            }
        }
    }

    private static Task SendAsync(ClientWebSocket socket, string message) => socket.SendAsync(Encoding.UTF8.GetBytes(message + End), WebSocketMessageType.Text, true, Stop);
}
