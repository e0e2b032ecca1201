using SaeDashboard.Web.Jobs;

namespace SaeDashboard.Web.Live;

/// <summary>
/// Looks at the runs that work or are looked at five times a second, and at the others every other second. Polling, not a file system
/// watcher: those have limits, and network file systems have none.
/// </summary>
internal sealed class RunWatcher(RunRegistry registry, ProgressBus bus, ILogger<RunWatcher> log) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(200);
    private const int TicksOfAScan = 10;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period);
        for (var tick = 0; ; tick++)
        {
            try
            {
                if (!await timer.WaitForNextTickAsync(stoppingToken)) return;
                Look(scan: tick % TicksOfAScan == 0);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception error)
            {
                log.LookFailed(error);
            }
        }
    }

    /// <summary>One look.</summary>
    public void Look(bool scan)
    {
        if (scan)
        {
            registry.Scan();
            bus.Tidy(runId => registry.Find(runId)?.Active == true);
        }
        foreach (var runId in registry.Runs.Where(run => run.Active).Select(run => run.Id)
            .Union(bus.Feeds.Where(feed => feed.Value.HasListeners).Select(feed => feed.Key)).ToArray())
        {
            registry.Refresh(runId);
        }
    }
}
