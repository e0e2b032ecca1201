using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace SaeDashboard.EndToEnd.Tests.Fixtures;

/// <summary>A TCP proxy in front of a site that delays every byte by half the round trip in each direction, as a distant server does. A browser's
/// own throttling does not slow a WebSocket.</summary>
internal sealed class SlowLine : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource over = new();
    private readonly TimeSpan oneWay;
    private readonly int port;

    private SlowLine(SiteProcess site, TimeSpan roundTrip)
    {
        (port, oneWay) = (site.Port, roundTrip / 2);
        listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>The site's address through the proxy.</summary>
    public string Url => $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/";

    /// <summary>Opens a proxy to a site.</summary>
    public static SlowLine To(SiteProcess site, TimeSpan roundTrip) => new(site, roundTrip);

    public async ValueTask DisposeAsync()
    {
        await over.CancelAsync();
        listener.Stop();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var browser = await listener.AcceptTcpClientAsync(over.Token);
                _ = JoinAsync(browser);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task JoinAsync(TcpClient browser)
    {
        using var near = browser;
        using var far = new TcpClient { NoDelay = true };
        near.NoDelay = true;
        try
        {
            await far.ConnectAsync(IPAddress.Loopback, port, over.Token);
            await Task.WhenAll(PumpAsync(near, far), PumpAsync(far, near));
        }
        catch (Exception error) when (error is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One side is gone: so is the connection.
        }
    }

    private async Task PumpAsync(TcpClient from, TcpClient to)
    {
        var pieces = Channel.CreateUnbounded<(DateTime Due, byte[] Bytes)>();
        var writing = WriteAsync();
        var buffer = new byte[64 << 10];
        int count;
        while ((count = await from.GetStream().ReadAsync(buffer, over.Token)) > 0)
            await pieces.Writer.WriteAsync((DateTime.UtcNow + oneWay, buffer[..count]), over.Token);
        pieces.Writer.Complete();
        await writing;

        async Task WriteAsync()
        {
            await foreach (var (due, bytes) in pieces.Reader.ReadAllAsync(over.Token))
            {
                if (due - DateTime.UtcNow is { Ticks: > 0 } left) await Task.Delay(left, over.Token);
                await to.GetStream().WriteAsync(bytes, over.Token);
            }
            to.Client.Shutdown(SocketShutdown.Send);
        }
    }
}
