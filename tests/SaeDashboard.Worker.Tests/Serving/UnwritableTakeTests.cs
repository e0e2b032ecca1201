using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Serving;

namespace SaeDashboard.Worker.Tests.Serving;

/// <summary>A take whose folder can be made and whose take.json cannot, as on a disk that is full.</summary>
public sealed class UnwritableTakeTests : IDisposable
{
    /// <summary>The longest path of Linux, in bytes.</summary>
    private const int LongestPath = 4095;

    private readonly string folder = Directory.CreateTempSubdirectory("sae-take-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task It_leaves_no_folder()
    {
        var takeId = Ids.New("take");
        // Room for the lock's path, and none for that of the temporary file which becomes take.json.
        var data = Deep(LongestPath - 35 - $"/takes/{takeId}".Length);
        var socket = Path.Combine(folder, "s.sock");
        using var process = WorkerProcess.Start(folder, "serve", "--data", data, "--listen", "unix:" + socket, "--root", Path.GetDirectoryName(WorkerProcess.DemoModel)!);
        try
        {
            using var client = Connect(socket);
            await UntilReady(client);
            using var response = await client.PostAsJsonAsync("v1/generations", new GenerationRequest(takeId, ServeProcessFixture.Settings(10)), JsonDefaults.Lines, ServeProcessFixture.Limit);
            var problem = await response.Content.ReadAsStringAsync(ServeProcessFixture.Limit);
            Assert.NotEqual(HttpStatusCode.OK, response.StatusCode);
            // The path is so long that the message is abbreviated in its middle; its end says the reason and what to do.
            Assert.Contains("is too long", problem, StringComparison.Ordinal);
            Assert.Contains("Check that the folder may be written to", problem, StringComparison.Ordinal);
            Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(data, "takes")));
        }
        finally
        {
            process.Kill();
            process.WaitForExit();
        }
    }

    private string Deep(int length)
    {
        var path = folder;
        while (length - path.Length > 201) path = Path.Combine(path, new string('d', 200));
        if (length - path.Length > 1) path = Path.Combine(path, new string('d', length - path.Length - 1));
        return Directory.CreateDirectory(path).FullName;
    }

    internal static HttpClient Connect(string socket) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancellation) =>
        {
            var unix = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await unix.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellation);
            return new NetworkStream(unix, ownsSocket: true);
        },
    }) { BaseAddress = new Uri("http://worker/") };

    internal static async Task UntilReady(HttpClient client)
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                using var health = await client.GetAsync("v1/health", ServeProcessFixture.Limit);
                if (health.IsSuccessStatusCode) return;
            }
            catch (HttpRequestException) when (tries < 600)
            {
                // It starts.
            }
            await Task.Delay(100, ServeProcessFixture.Limit);
        }
    }
}
