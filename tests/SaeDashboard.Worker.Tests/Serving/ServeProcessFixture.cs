using System.Diagnostics;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Serving;
using SaeDashboard.Core.Takes;

namespace SaeDashboard.Worker.Tests.Serving;

/// <summary>The worker as the site starts it, <c>serve</c> on a socket of its own, with the shipped model and SAE.</summary>
public sealed class ServeProcessFixture : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    // Short: a socket's path has about a hundred bytes.
    private readonly string folder = Directory.CreateTempSubdirectory("sae-serve-").FullName;
    private readonly StringBuilder log = new();
    private readonly Process process;

    public ServeProcessFixture()
    {
        process = WorkerProcess.Start(folder, "serve", "--data", folder, "--listen", "unix:" + Socket, "--model", WorkerProcess.DemoModel, "--sae", WorkerProcess.DemoSae);
        process.ErrorDataReceived += (_, line) => log.AppendLine(line.Data);
        process.BeginErrorReadLine();
        Client = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellation) =>
            {
                var unix = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await unix.ConnectAsync(new UnixDomainSocketEndPoint(Socket), cancellation);
                return new NetworkStream(unix, ownsSocket: true);
            },
        }) { BaseAddress = new Uri("http://worker/") };
        WaitUntilReady();
    }

    public string Socket => Path.Combine(folder, "s.sock");

    public string Folder => folder;

    public HttpClient Client { get; }

    public Process Process => process;

    /// <summary>How the worker is, with what it said: for a test whose line to it broke.</summary>
    public string State => $"The worker {(process.HasExited ? $"ended with {process.ExitCode}" : "runs")}:\n{log}";

    public static CancellationToken Limit => TestContext.Current.CancellationToken;

    public TakeFolder Take(string takeId) => new(Path.Combine(folder, "takes", takeId));

    public static TakeSettings Settings(int frames, params TakeSteer[] steers) => new()
    {
        ModelPath = WorkerProcess.DemoModel,
        SaePath = WorkerProcess.DemoSae,
        Prompt = "solo church organ drone",
        Seed = 11,
        Frames = frames,
        Steers = steers,
    };

    /// <summary>Asks for a take; the answer's lines come as they are written.</summary>
    public async Task<(string TakeId, HttpResponseMessage Response)> Start(TakeSettings settings)
    {
        var takeId = Ids.New("take");
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/generations") { Content = JsonContent.Create(new GenerationRequest(takeId, settings), options: JsonDefaults.Lines) };
        return (takeId, await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Limit));
    }

    public static async IAsyncEnumerable<GenerationEvent> Events(HttpResponseMessage response)
    {
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(Limit));
        while (await lines.ReadLineAsync(Limit) is { } line) yield return JsonSerializer.Deserialize<GenerationEvent>(line, JsonDefaults.Lines)!;
    }

    /// <summary>Makes a take to its end and gives what its folder says.</summary>
    public async Task<TakeManifest> Make(TakeSettings settings)
    {
        var (takeId, response) = await Start(settings);
        using (response)
        {
            Assert.True(response.IsSuccessStatusCode, await Problem(response));
            await foreach (var _ in Events(response)) { }
        }
        return Take(takeId).ReadManifest();
    }

    public Task<HttpResponseMessage> Post<T>(string path, T body) => Client.PostAsync(path, JsonContent.Create(body, options: JsonDefaults.Lines), Limit);

    public static async Task<string> Problem(HttpResponseMessage response)
    {
        if (response.IsSuccessStatusCode) return "";
        using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Limit));
        return problem.RootElement.GetProperty("detail").GetString()!;
    }

    public void Dispose()
    {
        Client.Dispose();
        if (!process.HasExited) process.Kill();
        process.WaitForExit();
        process.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private void WaitUntilReady()
    {
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < Patience && !process.HasExited)
        {
            if (IsReady()) return;
            Thread.Sleep(50);
        }
        throw new TimeoutException("The worker did not become ready:\n" + log);
    }

    private bool IsReady()
    {
        try
        {
            return Client.GetFromJsonAsync<ServeHealth>("v1/health", JsonDefaults.Lines).GetAwaiter().GetResult()!.State == ServeLoadState.Ready;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
