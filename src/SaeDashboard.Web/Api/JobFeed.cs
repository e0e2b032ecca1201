using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using SaeDashboard.Web.Jobs;

namespace SaeDashboard.Web.Api;

/// <summary>
/// What happens to jobs, for programs that watch. Only the newest state of each job is kept, with the number of its change: a watcher that is slow,
/// or was away, gets the newest state of each job that changed meanwhile, so that there is no queue for a watcher to fill. Safe for several threads.
/// </summary>
internal sealed class JobFeed : IDisposable
{
    /// <summary>Programs that may watch at once.</summary>
    public const int MaxWatchers = 64;

    private const int Kept = 500, EndedShown = 20;

    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Reconnect = TimeSpan.FromSeconds(2);

    // Another site than the one that gave an id out knows nothing of its numbers.
    private readonly string epoch = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
    private readonly Lock gate = new();
    private readonly Dictionary<long, (long Number, ApiJob Job)> newest = [];
    private readonly IRunRegistry registry;
    private readonly JobViews jobs;
    private readonly TimeProvider clock;
    private readonly CancellationToken stopping;
    private TaskCompletionSource changed = NewSignal();
    private long last;
    private long forgotten;
    private int watchers;

    public JobFeed(IRunRegistry registry, JobViews jobs, TimeProvider clock, IHostApplicationLifetime life)
    {
        (this.registry, this.jobs, this.clock, stopping) = (registry, jobs, clock, life.ApplicationStopping);
        registry.Changed += OnChanged;
    }

    public void Dispose() => registry.Changed -= OnChanged;

    /// <summary>The answer to a program that wants to watch.</summary>
    public IResult Open(HttpContext context)
    {
        if (HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.ContentType = "text/event-stream";
            return Results.Empty;
        }
        if (Interlocked.Increment(ref watchers) > MaxWatchers)
        {
            Interlocked.Decrement(ref watchers);
            context.Response.Headers.RetryAfter = "30";
            return Results.Problem($"{MaxWatchers} programs watch the jobs already, the most at once. Close one, or ask {ApiSetup.Root}/jobs from time to time.", statusCode: StatusCodes.Status429TooManyRequests);
        }
        context.Response.OnCompleted(() =>
        {
            Interlocked.Decrement(ref watchers);
            return Task.CompletedTask;
        });
        return TypedResults.ServerSentEvents(ReadAsync(context.Request.Headers["Last-Event-ID"], context.RequestAborted));
    }

    /// <summary>The jobs that wait or are at work, or, of a watcher that comes back, those that changed since; then each that changes.</summary>
    /// <param name="lastSeen">The id of the last event that the watcher had; null: none.</param>
    /// <param name="cancellation">The watcher has gone.</param>
    internal async IAsyncEnumerable<SseItem<ApiJob?>> ReadAsync(string? lastSeen, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, stopping);
        long seen;
        List<ApiJob> first = [];
        lock (gate)
        {
            var known = NumberOf(lastSeen);
            seen = known ?? last;
            if (known is null)
            {
                var all = jobs.List();
                first.AddRange(all.Where(job => job.EndedUtc is null).Reverse().Select(jobs.Of));
                // One that has lost its place may wait for a job that has ended meanwhile.
                if (!string.IsNullOrEmpty(lastSeen)) first.InsertRange(0, all.Where(job => job.EndedUtc is not null).Take(EndedShown).Reverse().Select(jobs.Of));
            }
        }
        foreach (var job in first) yield return Item(job, seen);
        var silent = first.Count == 0;
        while (!stop.IsCancellationRequested)
        {
            List<(long Number, ApiJob Job)> news;
            Task signal;
            lock (gate)
            {
                news = [.. newest.Values.Where(entry => entry.Number > seen).OrderBy(entry => entry.Number)];
                signal = changed.Task;
            }
            foreach (var (number, job) in news)
            {
                (seen, silent) = (number, false);
                yield return Item(job, number);
            }
            if (news.Count > 0) continue;
            // A sign that something is here: without it a proxy holds the head of the answer back until the first change.
            if (silent) yield return new SseItem<ApiJob?>(null, "alive") { EventId = IdOf(seen), ReconnectionInterval = Reconnect };
            silent = false;
            var alive = false;
            try
            {
                await signal.WaitAsync(Silence, clock, stop.Token);
            }
            catch (TimeoutException)
            {
                alive = true;
            }
            catch (OperationCanceledException)
            {
                yield break;
            }
            if (alive) yield return new SseItem<ApiJob?>(null, "alive");
        }
    }

    private SseItem<ApiJob?> Item(ApiJob job, long number) => new(job, "job") { EventId = IdOf(number), ReconnectionInterval = Reconnect };

    private string IdOf(long number) => $"{epoch}-{number.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>The number in an event's id; null: another site gave it out, or what came after it is no longer known.</summary>
    private long? NumberOf(string? id) =>
        id is not null && id.StartsWith(epoch + "-", StringComparison.Ordinal) && long.TryParse(id.AsSpan(epoch.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && number >= forgotten && number <= last ? number : null;

    private void OnChanged(string runId)
    {
        if (jobs.OfRun(runId) is not { } row) return;
        var job = jobs.Of(row);
        lock (gate)
        {
            if (newest.TryGetValue(job.Id, out var before) && before.Job == job) return;
            newest[job.Id] = (++last, job);
            if (newest.Count > Kept)
            {
                var oldest = newest.MinBy(pair => pair.Value.Number);
                forgotten = oldest.Value.Number;
                newest.Remove(oldest.Key);
            }
            changed.TrySetResult();
            changed = NewSignal();
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
