using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Features;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Serving;

/// <summary>The music worker, asked over its socket.</summary>
internal sealed class ServeClient : IServeClient, ISoundReader, ILiveWorker, IDisposable
{
    // A worker that starts on a busy machine, and loads a model first.
    private static readonly TimeSpan PatienceForWorker = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan ChangePeriod = TimeSpan.FromMilliseconds(100);

    private readonly ServeSupervisor supervisor;
    private readonly DataRoot root;
    private readonly TakeWatch takes;
    private readonly Throttle signal;
    private readonly CancellationTokenSource closing = new();
    private readonly ConcurrentDictionary<string, byte> followed = new();

    // Takes that this site has heard the end of: an older answer about the queue must not bring them back.
    private readonly ConcurrentDictionary<string, byte> over = new();
    private bool disposed;

    public ServeClient(ServeSupervisor supervisor, DataRoot root)
    {
        (this.supervisor, this.root) = (supervisor, root);
        takes = new TakeWatch(root.Takes);
        signal = new Throttle(ChangePeriod, () => Changed?.Invoke());
        supervisor.Changed += signal.Set;
        supervisor.Answered = SeeQueue;
    }

    public event Action? Changed;

    public event Action<string, GenerationEvent>? Happened;

    public ServeState State => supervisor.State;

    public Task<byte[]> DecodeAsync(string modelPath, CodeGrid codes, CancellationToken ct) => Ask(
        HttpMethod.Post, "v1/decode", new DecodeRequest(Allowed(modelPath), codes.Codebooks, codes.ToBase64()), (content, cancellation) => content.ReadAsByteArrayAsync(cancellation), ct);

    public async Task<IReadOnlyList<FiringFeature>> FeaturesAsync(string modelPath, string saePath, CodeGrid codes, int top, CancellationToken ct)
    {
        var request = new FeaturesRequest(Allowed(modelPath), Allowed(saePath), codes.Codebooks, codes.ToBase64(), top);
        return await Ask(HttpMethod.Post, "v1/features", request, (content, cancellation) => content.ReadFromJsonAsync<FiringFeature[]>(JsonDefaults.Lines, cancellation), ct) ?? [];
    }

    public Task<SoundActivations> ReadAsync(ReadingRequest request, Action<ReadingEvent> progress, CancellationToken ct)
    {
        var allowed = request with { Model = Allowed(request.Model), Sae = Allowed(request.Sae), Sound = request.Sound is { } sound ? Allowed(sound) : null };
        return Ask(HttpMethod.Post, "v1/readings", allowed, async (content, cancellation) =>
        {
            using var lines = new StreamReader(await content.ReadAsStreamAsync(cancellation));
            while (await lines.ReadLineAsync(cancellation) is { } line)
            {
                if (JsonSerializer.Deserialize<ReadingEvent>(line, JsonDefaults.Lines) is not { } happened) continue;
                if (happened.Type == ReadingEventType.Error) throw new UserException(happened.Message ?? "The sound could not be read.");
                if (happened.Result is { } result) return SoundActivations.Read(result);
                progress(happened);
            }
            throw new IOException("The answer ended before its result.");
        }, ct);
    }

    public async Task<string> StartTakeAsync(TakeSettings settings, CancellationToken ct)
    {
        Allowed(settings.ModelPath);
        if (settings.SaePath is { } sae) Allowed(sae);
        var takeId = Ids.New("take");
        var connection = await supervisor.Connect(PatienceForWorker, ct);
        HttpResponseMessage response;
        try
        {
            response = await connection.Send(HttpMethod.Post, "v1/generations", new GenerationRequest(takeId, settings), ct);
        }
        catch (HttpRequestException error)
        {
            supervisor.Wake();
            throw new UserException("The music worker has just ended and is restarting. Try again in a moment.", error);
        }
        followed.TryAdd(takeId, 0);
        takes.Heard(takeId, new GenerationEvent(GenerationEventType.Queued, Position: Math.Max(0, State.Queue)));
        _ = Task.Run(() => Follow(takeId, response), CancellationToken.None);
        supervisor.Wake();
        return takeId;
    }

    public async Task CancelTakeAsync(string takeId, CancellationToken ct)
    {
        if (!Ids.IsValid("take", takeId)) return;
        await Ask(HttpMethod.Delete, $"v1/generations/{takeId}", null, (_, _) => Task.FromResult(true), ct);
    }

    public async Task<KnobsAnswer> TurnAsync(string takeId, KnobsRequest request, CancellationToken ct)
    {
        using var response = await SendToTake(HttpMethod.Patch, takeId, "knobs", request, ct);
        if (response.StatusCode == HttpStatusCode.NotFound) throw new UserException("The take is finished: turn the knobs in the rack and generate another one.");
        return await response.Content.ReadFromJsonAsync<KnobsAnswer>(JsonDefaults.Lines, ct) ?? throw new UserException("The music worker gave no answer.");
    }

    public async Task HearAsync(string takeId, PlayheadRequest heard, CancellationToken ct)
    {
        using var response = await SendToTake(HttpMethod.Post, takeId, "playhead", heard, ct);
    }

    public TakeProgress? LiveProgress(string takeId) => takes.FindLive(takeId);

    public TakeProgress? Ending(string takeId) => takes.FindEnding(takeId);

    public TakeProgress? Progress(string takeId) => takes.Find(takeId);

    public void Dispose()
    {
        // It is registered under two interfaces, and the container disposes what each of them gave.
        if (Interlocked.Exchange(ref disposed, true)) return;
        supervisor.Changed -= signal.Set;
        closing.Cancel();
        closing.Dispose();
        signal.Dispose();
    }

    /// <summary>Asks for something that may be asked twice: a worker that dies meanwhile is asked again when it is back.</summary>
    private async Task<T> Ask<T>(HttpMethod method, string path, object? body, Func<HttpContent, CancellationToken, Task<T>> read, CancellationToken ct)
    {
        for (var isLast = false; ; isLast = true)
        {
            var connection = await supervisor.Connect(PatienceForWorker, ct);
            try
            {
                using var response = await connection.Send(method, path, body, ct);
                return await read(response.Content, ct);
            }
            catch (Exception error) when (error is HttpRequestException or IOException)
            {
                supervisor.Wake();
                if (isLast) throw new UserException("The music worker has just ended and is restarting. Try again in a moment.", error);
                await Task.Delay(TimeSpan.FromMilliseconds(300), ct);
            }
        }
    }

    /// <summary>Sends something about a take that is generated: never twice, as a worker that restarted does not know it.</summary>
    private async Task<HttpResponseMessage> SendToTake(HttpMethod method, string takeId, string what, object body, CancellationToken ct)
    {
        if (!Ids.IsValid("take", takeId)) throw new UserException($"“{takeId}” is not the id of a take.");
        var connection = await supervisor.Connect(PatienceForWorker, ct);
        try
        {
            return await connection.Send(method, $"v1/generations/{takeId}/{what}", body, ct);
        }
        catch (HttpRequestException error)
        {
            supervisor.Wake();
            throw new UserException("The music worker has just ended and is restarting. The take's sound until then is kept.", error);
        }
    }

    /// <summary>Hears what becomes of a take until it is over.</summary>
    private async Task Follow(string takeId, HttpResponseMessage response)
    {
        try
        {
            using (response)
            {
                using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(closing.Token));
                while (await lines.ReadLineAsync(closing.Token) is { } line)
                {
                    if (JsonSerializer.Deserialize<GenerationEvent>(line, JsonDefaults.Lines) is { } happened)
                    {
                        if (!happened.IsProgress) over.TryAdd(takeId, 0);
                        takes.Heard(takeId, happened);
                        Happened?.Invoke(takeId, happened);
                    }
                    signal.Set();
                }
            }
        }
        catch (Exception error) when (error is IOException or HttpRequestException or JsonException or OperationCanceledException or ObjectDisposedException)
        {
            // The worker died or the site ends: what is on the disk says how far the take is.
        }
        followed.TryRemove(takeId, out _);
        takes.Over(takeId);
        signal.Set();
        supervisor.Wake();
    }

    /// <summary>
    /// Takes that this site does not follow (a site before this one asked for them, or the line broke) are heard of by asking: while the worker makes
    /// something, and until none is left that is thought to be made.
    /// </summary>
    private async Task SeeQueue(ServeConnection connection, int making, CancellationToken cancellation)
    {
        if (making == 0 && takes.Live.All(followed.ContainsKey)) return;
        try
        {
            using var response = await connection.Send(HttpMethod.Get, "v1/generations", null, cancellation);
            var queue = await response.Content.ReadFromJsonAsync<GenerationStatus[]>(JsonDefaults.Lines, cancellation) ?? [];
            foreach (var gone in takes.Live.Except(queue.Select(status => status.TakeId)).Where(takeId => !followed.ContainsKey(takeId))) takes.Over(gone);
            foreach (var status in queue.Where(status => !followed.ContainsKey(status.TakeId) && !over.ContainsKey(status.TakeId))) takes.Saw(status);
            signal.Set();
        }
        catch (Exception error) when (error is HttpRequestException or IOException or JsonException or UserException)
        {
            // The next look at its health says what is the matter.
        }
    }

    private string Allowed(string path) => root.Allows(path) ? Path.GetFullPath(path) : throw new UserException($"{path} is outside the data folder and the bundled demo, and is not used.");
}

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
