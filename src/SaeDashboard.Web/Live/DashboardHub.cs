using System.Collections.Concurrent;
using Microsoft.AspNetCore.SignalR;

namespace SaeDashboard.Web.Live;

/// <summary>Live runs for browsers. What a connection watches is sent to it alone, at its own pace.</summary>
internal sealed class DashboardHub(HubListeners listeners) : Hub<IDashboardClient>
{
    /// <summary>Sends a snapshot of the run, then what is new, until <see cref="UnwatchRun"/> or the connection's end.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="seen">What the caller has from an earlier connection; null: nothing.</param>
    public Task WatchRun(string runId, SeenLines? seen) => listeners.WatchAsync(Context.ConnectionId, runId, seen, Context.ConnectionAborted);

    /// <summary>Stops it.</summary>
    public void UnwatchRun(string runId) => listeners.Unwatch(Context.ConnectionId, runId);

    public override Task OnDisconnectedAsync(Exception? exception)
    {
        listeners.Leave(Context.ConnectionId);
        return base.OnDisconnectedAsync(exception);
    }
}

/// <summary>
/// Which connection watches which run. Each has a task of its own that sends from its own queue: a slow browser delays no other, and loses
/// what is too old for it, which it then asks for again.
/// </summary>
internal sealed class HubListeners(ProgressBus bus, IHubContext<DashboardHub, IDashboardClient> hub, ILogger<HubListeners> log)
{
    private readonly ConcurrentDictionary<(string Connection, string Run), RunSubscription> watched = [];

    public async Task WatchAsync(string connection, string runId, SeenLines? seen, CancellationToken aborted)
    {
        var client = hub.Clients.Client(connection);
        if (bus.Find(runId) is not { } feed)
        {
            await client.Missing(runId);
            return;
        }
        Unwatch(connection, runId);
        var subscription = feed.Subscribe(seen);
        watched[(connection, runId)] = subscription;
        // It may have disconnected meanwhile; then nothing else would clean up.
        if (aborted.IsCancellationRequested) Unwatch(connection, runId);
        _ = Task.Run(() => PumpAsync(client, runId, subscription), CancellationToken.None);
    }

    public void Unwatch(string connection, string runId)
    {
        if (watched.TryRemove((connection, runId), out var subscription)) subscription.Dispose();
    }

    public void Leave(string connection)
    {
        foreach (var key in watched.Keys.Where(key => key.Connection == connection)) Unwatch(key.Connection, key.Run);
    }

    private async Task PumpAsync(IDashboardClient client, string runId, RunSubscription subscription)
    {
        try
        {
            await foreach (var change in subscription.Events.ReadAllAsync())
            {
                await (change switch
                {
                    RunSnapshot snapshot => client.Snapshot(snapshot),
                    PointsChange points => client.Points(runId, points),
                    HistogramsChange histograms => client.Histogram(runId, histograms),
                    LiveStatus status => client.Status(runId, status),
                    LogChange lines => client.Log(runId, lines),
                    _ => Task.CompletedTask,
                });
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The connection ended in the middle of a message.
        }
        catch (Exception error)
        {
            log.SendingFailed(error, runId);
        }
    }
}

/// <summary>What the watcher and the hub write into the site's log.</summary>
internal static partial class LiveLog
{
    [LoggerMessage(Level = LogLevel.Error, Message = "Run watcher iteration failed; continuing")]
    public static partial void ScanFailed(this ILogger log, Exception error);

    [LoggerMessage(Level = LogLevel.Error, Message = "Sending run {Run} to a browser failed")]
    public static partial void SendingFailed(this ILogger log, Exception error, string run);
}
