using System.Diagnostics;
using SaeDashboard.Core.Runs;

namespace SaeDashboard.Worker.Running;

/// <summary>A line in the run's log every five seconds, of those that are offered.</summary>
internal sealed class PeriodicLog(RunFolder run)
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    private readonly Stopwatch since = Stopwatch.StartNew();

    public void Say(string message)
    {
        if (since.Elapsed < Period) return;
        run.Log(message);
        since.Restart();
    }
}
