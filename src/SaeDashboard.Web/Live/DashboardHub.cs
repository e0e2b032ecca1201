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
