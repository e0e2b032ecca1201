using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Serving;
using SaeDashboard.Core.Takes;

namespace SaeDashboard.EndToEnd.Tests.Fixtures;

/// <summary>A live take, of one steered feature unless a test says otherwise, asked of a site's worker as the site does. Its events are not read until it is over: it waits for no reader.</summary>
internal sealed class RunningTake : IDisposable
{
    /// <summary>Samples a column, and a second, of the demo model.</summary>
    public const int Hop = 320, Rate = 16_000;

    private readonly HttpResponseMessage? events;

    private RunningTake(TakeFolder folder, HttpResponseMessage? events) => (Folder, this.events) = (folder, events);

    public TakeFolder Folder { get; }

    public string Id => Folder.Id;

    /// <summary>Starts one.</summary>
    /// <param name="site">The site.</param>
    /// <param name="worker">Its worker (<see cref="Worker"/>).</param>
    /// <param name="frames">Its length.</param>
    /// <param name="waitSeconds">How long it waits for a listener.</param>
    public static Task<RunningTake> StartAsync(SiteProcess site, HttpClient worker, int frames, double waitSeconds = 25) => StartAsync(site, worker, new TakeSettings
    {
        ModelPath = Path.Combine(Clone.Demo, "model"),
        SaePath = Path.Combine(Clone.Demo, "sae"),
        Prompt = "solo church organ drone",
        Seed = 11,
        Frames = frames,
        Steers = [new TakeSteer(526, 1, "add", 0)],
        Live = new TakeLive { WaitSeconds = waitSeconds },
    });

    /// <summary>Starts one with settings of the caller's.</summary>
    public static async Task<RunningTake> StartAsync(SiteProcess site, HttpClient worker, TakeSettings settings)
    {
        var id = Ids.New("take");
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/generations") { Content = JsonContent.Create(new GenerationRequest(id, settings), options: JsonDefaults.Lines) };
        var response = await worker.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, $"{response.StatusCode}");
        return new RunningTake(new TakeFolder(Path.Combine(site.Data, "takes", id)), response);
    }

    /// <summary>One that was started on a page: its events are the site's.</summary>
    public static RunningTake Of(SiteProcess site, string take) => new(new TakeFolder(Path.Combine(site.Data, "takes", take)), null);

    /// <summary>Opens the take's page once the site has found its folder, which takes a moment.</summary>
    public Task OpenAsync(Visit visit) => Poll.UntilAsync("the take's page shows it", TimeSpan.FromSeconds(30), async () =>
    {
        await visit.GoAsync($"studio/takes/{Id}");
        return await visit.Page.Locator("take-transport").CountAsync() > 0;
    });

    /// <summary>Waits until it is done.</summary>
    public Task DoneAsync(double seconds = 120) => Poll.UntilAsync("the take is done", TimeSpan.FromSeconds(seconds), () => Folder.Exists && Folder.ReadManifest().State == TakeState.Done);

    /// <summary>Samples of an arm that are there; 0 before it begins.</summary>
    public long Samples(string arm) => File.Exists(Folder.WavPath(arm)) ? Math.Max(0, (new FileInfo(Folder.WavPath(arm)).Length - 44) / 2) : 0;

    /// <summary>The last event, which says how the take ended.</summary>
    public async Task<GenerationEvent> EndAsync()
    {
        using var lines = new StreamReader(await events!.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        GenerationEvent? last = null;
        while (await lines.ReadLineAsync(TestContext.Current.CancellationToken) is { } line) last = JsonSerializer.Deserialize<GenerationEvent>(line, JsonDefaults.Lines) ?? last;
        return last!;
    }

    public void Dispose() => events?.Dispose();

    /// <summary>Speaks to the worker of a site.</summary>
    public static HttpClient Worker(SiteProcess site)
    {
        var path = ServePaths.Socket(site.Data);
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, ct) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), ct);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        return new HttpClient(handler) { BaseAddress = new Uri("http://worker/"), Timeout = Timeout.InfiniteTimeSpan };
    }
}
