namespace SaeDashboard.Web.Hosting;

/// <summary>
/// Passes a burst of changes on at most once in a period: the first at once, the last at the period's end. Safe for several threads; the action
/// runs on the thread of the first change or on a pool thread, one at a time.
/// </summary>
/// <param name="period">The shortest time between two calls.</param>
/// <param name="raise">Called for the changes.</param>
internal sealed class Throttle(TimeSpan period, Action raise) : IDisposable
{
    // People read less fast than this.
    private static readonly TimeSpan Repaint = TimeSpan.FromMilliseconds(200);

    private readonly Lock gate = new();
    private Timer? timer;
    private bool isDue;
    private bool isWaiting;
    private bool isClosed;

    /// <summary>One for a page that paints itself again, five times a second at most.</summary>
    /// <param name="paint">Paints, as <c>InvokeAsync</c> does; it may end after the page was left.</param>
    public static Throttle ForPage(Func<Task> paint) => new(Repaint, () => _ = PaintAsync(paint));

    /// <summary>Something changed.</summary>
    public void Set()
    {
        lock (gate)
        {
            if (isClosed) return;
            if (isWaiting)
            {
                isDue = true;
                return;
            }
            isWaiting = true;
            timer ??= new Timer(_ => Elapsed());
            timer.Change(period, Timeout.InfiniteTimeSpan);
        }
        raise();
    }

    public void Dispose()
    {
        lock (gate)
        {
            isClosed = true;
            timer?.Dispose();
        }
    }

    private void Elapsed()
    {
        lock (gate)
        {
            isWaiting = false;
            if (!isDue) return;
            isDue = false;
        }
        Set();
    }

    private static async Task PaintAsync(Func<Task> paint)
    {
        try
        {
            await paint();
        }
        catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException)
        {
            // The page was left meanwhile.
        }
    }
}
