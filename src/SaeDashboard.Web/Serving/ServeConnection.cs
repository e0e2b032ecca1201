using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using SaeDashboard.Core;

namespace SaeDashboard.Web.Serving;

/// <summary>HTTP to the resident worker over its Unix socket.</summary>
internal sealed class ServeConnection : IDisposable
{
    private readonly HttpClient client;

    public ServeConnection(string socket)
    {
        Socket = socket;
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellation) =>
            {
                var unix = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await unix.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellation);
                    return new NetworkStream(unix, ownsSocket: true);
                }
                catch
                {
                    unix.Dispose();
                    throw;
                }
            },
        };
        client = new HttpClient(handler) { BaseAddress = new Uri("http://worker/"), Timeout = Timeout.InfiniteTimeSpan };
    }

    public string Socket { get; }

    /// <summary>How the worker is; null when it does not answer in time.</summary>
    public async Task<ServeHealth?> Health(TimeSpan patience, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(patience);
        try
        {
            return await client.GetFromJsonAsync<ServeHealth>("v1/health", JsonDefaults.Lines, limit.Token);
        }
        catch (Exception error) when (error is HttpRequestException or JsonException || (error is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return null;
        }
    }

    /// <summary>Sends a request.</summary>
    /// <exception cref="UserException">The worker refused it: its message.</exception>
    /// <exception cref="HttpRequestException">The worker is not there.</exception>
    public async Task<HttpResponseMessage> Send(HttpMethod method, string path, object? body, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = JsonContent.Create(body, body.GetType(), options: JsonDefaults.Lines);
        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        if (response.IsSuccessStatusCode || response.StatusCode == HttpStatusCode.NotFound) return response;
        using (response) throw new UserException(await Problem(response, cancellation));
    }

    public void Dispose() => client.Dispose();

    private static async Task<string> Problem(HttpResponseMessage response, CancellationToken cancellation)
    {
        try
        {
            using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync(cancellation));
            if (problem.RootElement.TryGetProperty("detail", out var detail) && detail.GetString() is { } text) return text;
        }
        catch (JsonException)
        {
            // Not ours, or cut short: the status must do.
        }
        return $"The music worker answered {(int)response.StatusCode}.";
    }
}
