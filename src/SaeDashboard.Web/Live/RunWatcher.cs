using System.Collections.Concurrent;
using SaeDashboard.Web.Hosting;
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
                Refresh(scan: tick % TicksOfAScan == 0);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception error)
            {
                log.ScanFailed(error);
            }
        }
    }

    /// <summary>One look.</summary>
    public void Refresh(bool scan)
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

/// <summary>One <see cref="RunFeed"/> for each run that is watched or running, created on first use.</summary>
internal sealed class ProgressBus(DataRoot root)
{
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<string, RunFeed> feeds = [];

    /// <summary>The feeds there are, by run.</summary>
    public IEnumerable<KeyValuePair<string, RunFeed>> Feeds => feeds;

    /// <summary>The run's feed; null when there is no such run.</summary>
    public RunFeed? Find(string runId)
    {
        if (feeds.TryGetValue(runId, out var there)) return there;
        if (RunPlaces.Find(root, runId) is not { } folder || !Directory.Exists(folder)) return null;
        return feeds.GetOrAdd(runId, id =>
        {
            var feed = new RunFeed(id, folder, root.Roots);
            feed.Poll();
            return feed;
        });
    }

    /// <summary>The newest metrics of a run that is not watched, without caching it.</summary>
    public IReadOnlyDictionary<string, double?> Latest(string runId)
    {
        if (feeds.TryGetValue(runId, out var there)) return there.Latest;
        var feed = new RunFeed(runId, RunPlaces.Of(root, runId), root.Roots);
        feed.Poll();
        return feed.Latest;
    }

    /// <summary>Drops feeds that are not watched any more.</summary>
    /// <param name="isActive">Whether a run works.</param>
    public void Tidy(Func<string, bool> isActive)
    {
        foreach (var (runId, feed) in feeds)
        {
            if (!feed.HasListeners && !isActive(runId) && feed.Idle > Idle) feeds.TryRemove(runId, out _);
        }
    }

    /// <summary>The run is gone.</summary>
    public void Forget(string runId) => feeds.TryRemove(runId, out _);
}
