using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace SaeDashboard.TestSupport;

/// <summary>The audio hub as a browser speaks to it: SignalR's JSON protocol over a socket. One question at a time.</summary>
internal sealed class HubSocket : IDisposable
{
    private const char End = '\u001e';
    private readonly ClientWebSocket socket = new();
    private readonly StringBuilder text = new();
    private int calls;

    /// <summary>Read only so fast, bytes a second; 0: as fast as it comes.</summary>
    public int BytesPerSecond { get; set; }

    /// <summary>Bytes that came.</summary>
    public long Received { get; private set; }

    public static async Task<HubSocket> OpenAsync(Uri site, CancellationToken ct, string? person = null)
    {
        var opened = new HubSocket();
        if (person is not null) opened.socket.Options.SetRequestHeader("X-Person", person);
        await opened.socket.ConnectAsync(new Uri($"ws://{site.Authority}/hubs/audio"), ct);
        await opened.SendAsync("""{"protocol":"json","version":1}""", ct);
        return opened;
    }

    /// <summary>Calls a method: type 1 asks for a result, 4 for a stream.</summary>
    public Task CallAsync(int type, string method, object[] arguments, CancellationToken ct) =>
        SendAsync(JsonSerializer.Serialize(new { type, invocationId = $"{++calls}", target = method, arguments }), ct);

    /// <summary>Items (type 2) and results or ends (type 3), as they come.</summary>
    public async IAsyncEnumerable<JsonElement> MessagesAsync([EnumeratorCancellation] CancellationToken ct)
    {
        var buffer = new byte[1 << 16];
        while (true)
        {
            var slow = BytesPerSecond > 0;
            var received = await socket.ReceiveAsync(slow ? buffer.AsMemory(0, BytesPerSecond / 10) : buffer, ct);
            Assert.NotEqual(WebSocketMessageType.Close, received.MessageType);
            if (slow) await Task.Delay(100, ct);
            Received += received.Count;
            // What is looked through again is little: a piece ends in at most one message's end that is not whole.
            var piece = Encoding.UTF8.GetString(buffer, 0, received.Count);
            text.Append(piece);
            if (!piece.Contains(End, StringComparison.Ordinal)) continue;
            var parts = text.ToString().Split(End);
            text.Clear().Append(parts[^1]);
            foreach (var part in parts[..^1])
            {
                var message = JsonDocument.Parse(part).RootElement;
                // The handshake's answer is empty, and pings say nothing.
                if (message.TryGetProperty("type", out var type) && type.GetInt32() is 2 or 3) yield return message;
            }
        }
    }

    public void Dispose() => socket.Dispose();

    private Task SendAsync(string message, CancellationToken ct) => socket.SendAsync(Encoding.UTF8.GetBytes(message + End), WebSocketMessageType.Text, true, ct);
}
