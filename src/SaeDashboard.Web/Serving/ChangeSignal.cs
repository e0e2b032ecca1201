namespace SaeDashboard.Web.Serving;

/// <summary>Passes on bursts of news at most ten times a second; the last one is never lost.</summary>
internal sealed class ChangeSignal(Action raise) : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

    private readonly Lock gate = new();
    private Timer? timer;
    private bool isDue;
    private bool isQuiet;
    private bool closed;

    /// <summary>Something changed.</summary>
    public void Set()
    {
        lock (gate)
        {
            if (closed) return;
            if (isQuiet)
            {
                isDue = true;
                return;
            }
            isQuiet = true;
            timer ??= new Timer(_ => Elapsed());
            timer.Change(Period, Timeout.InfiniteTimeSpan);
        }
        raise();
    }

    public void Dispose()
    {
        lock (gate)
        {
            closed = true;
            timer?.Dispose();
        }
    }

    private void Elapsed()
    {
        lock (gate)
        {
            isQuiet = false;
            if (!isDue) return;
            isDue = false;
        }
        Set();
    }
}
